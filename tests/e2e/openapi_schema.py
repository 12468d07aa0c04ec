"""Checks JSON values against the schemas of an OpenAPI 3.1 document: as much of JSON Schema as that document uses."""
import math

NAMES = {bool: "boolean", type(None): "null", str: "string", list: "array", dict: "object"}
# What says nothing about whether a value fits. Any other word that `_check` does not know fails the test.
REMARKS = {"description", "format", "examples"}


class SchemaChecker:
    def __init__(self, document):
        self._document = document

    def resolve(self, thing):
        while "$ref" in thing:
            found = self._document
            for step in thing["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            thing = {**found, **{name: value for name, value in thing.items() if name != "$ref"}}
        return thing

    def faults(self, value, schema, where="", is_open=False):
        """Why the value does not fit, sentence by sentence. A member that no schema names is a fault unless `is_open`."""
        return list(self._check(value, self.resolve(schema), where or "the value", is_open))

    def _check(self, value, schema, where, is_open):
        known = self._names(schema)
        for word, meaning in schema.items():
            check = getattr(self, "_check_" + word, None)
            if check:
                yield from check(value, meaning, where, is_open)
            elif word not in REMARKS and word != "properties":
                yield f"{where}: the schema says {word}, which nobody checks"
        if isinstance(value, dict):
            for name, member in schema.get("properties", {}).items():
                if name in value:
                    yield from self.faults(value[name], member, f"{where}.{name}", is_open)
            if known and not is_open and "additionalProperties" not in schema:
                yield from (f"{where}.{name} is not described" for name in value if name not in known)

    def _names(self, schema):
        """The members that a schema, or what it is made of, describes."""
        schema = self.resolve(schema)
        parts = [self._names(part) for word in ("allOf", "anyOf") for part in schema.get(word, [])]
        return set(schema.get("properties", {})).union(*parts)

    def _check_type(self, value, types, where, _):
        name = NAMES.get(type(value)) or ("integer" if math.floor(value) == value else "number")
        wanted = [types] if isinstance(types, str) else types
        if name not in wanted and not (name == "integer" and "number" in wanted):
            yield f"{where} is of type {name}, not {types}"

    def _check_required(self, value, names, where, _):
        if isinstance(value, dict):
            yield from (f"{where}.{name} is missing" for name in names if name not in value)

    def _check_additionalProperties(self, value, schema, where, is_open):
        if isinstance(value, dict):
            for name, member in value.items():
                yield from self.faults(member, schema, f"{where}.{name}", is_open)

    def _check_items(self, value, schema, where, is_open):
        if isinstance(value, list):
            for at, element in enumerate(value):
                yield from self.faults(element, schema, f"{where}[{at}]", is_open)

    def _check_enum(self, value, values, where, _):
        if value not in values:
            yield f"{where} is {value!r}, not one of {values}"

    def _check_const(self, value, wanted, where, _):
        if value != wanted:
            yield f"{where} is {value!r}, not {wanted!r}"

    def _check_allOf(self, value, schemas, where, _):
        for schema in schemas:  # each describes some of the members
            yield from self.faults(value, schema, where, is_open=True)

    def _check_anyOf(self, value, schemas, where, is_open):
        tried = [self.faults(value, schema, where, is_open) for schema in schemas]
        if all(tried):
            yield from min(tried, key=len)

    def _check_oneOf(self, value, schemas, where, is_open):
        fitting = sum(not self.faults(value, schema, where, is_open) for schema in schemas)
        if fitting != 1:
            yield f"{where} is {value!r}, which fits {fitting} of {len(schemas)} schemas instead of one"

    def _check_minimum(self, value, least, where, _):
        if value < least:
            yield f"{where} is less than {least}"

    def _check_maximum(self, value, most, where, _):
        if value > most:
            yield f"{where} is more than {most}"

    def _size(word, is_most):  # noqa: N805: makes the four pairs of methods below
        def check(self, value, limit, where, _):
            if hasattr(value, "__len__") and (len(value) > limit if is_most else len(value) < limit):
                yield f"{where} breaks {word} {limit}"
        return check

    _check_minLength, _check_maxLength = _size("minLength", False), _size("maxLength", True)
    _check_minItems, _check_maxItems = _size("minItems", False), _size("maxItems", True)
    _check_minProperties, _check_maxProperties = _size("minProperties", False), _size("maxProperties", True)

#pragma once

#include "transport/rest/json_writer.h"

namespace sallyport::transport::rest {

/// Writes what `write_problem` writes as members of an object that is open in `json`: the schemas `Problem`,
/// `WrongField`, `ProblemCode` and `FieldRule`, the last two with every word of the catalog and its sentence.
void write_problem_schemas(JsonWriter& json);

}  // namespace sallyport::transport::rest

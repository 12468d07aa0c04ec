/** What of OpenAPI 3.1 this server's document uses. */
export class ApiDocument {
    contents;
    constructor(contents) {
        this.contents = contents;
    }
    static async load(url) {
        const answer = await fetch(url, { credentials: 'omit' });
        if (!answer.ok)
            throw new Error(`${url} answers ${answer.status}`);
        return new ApiDocument((await answer.json()));
    }
    get info() {
        return this.contents.info;
    }
    get tags() {
        return this.contents.tags;
    }
    endpoints(tag) {
        return Object.entries(this.contents.paths).flatMap(([path, methods]) => Object.entries(methods)
            .filter(([, operation]) => operation.tags.includes(tag))
            .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })));
    }
    /** What `#/components/<kind>/<name>` names, or the thing itself. What stands beside a reference adds to it. */
    resolve(thing) {
        if (thing.$ref === undefined)
            return thing;
        const [, , kind, name] = thing.$ref.split('/');
        const found = this.contents.components[kind ?? '']?.[name ?? ''];
        if (found === undefined)
            throw new Error(`${thing.$ref} leads nowhere`);
        const { $ref: _, ...beside } = thing;
        return { ...this.resolve(found), ...beside };
    }
    /** "UserAnswer" of a reference to it. */
    static nameOf(schema) {
        return schema.$ref?.split('/').pop();
    }
}

// The definitions of api/proto as protobuf-es knows them, and what every client's adapter has in common. Runs in Node.js
// and in browsers.

import { createFileRegistry, fromBinary, fromJson, toJson } from '@bufbuild/protobuf';
import { anyUnpack, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

/** A call that ended with an error, whichever client reported it. */
export class Refused extends Error {
  constructor(code, sentence, details, messages = []) {
    super(`code ${code}: ${sentence}`);
    Object.assign(this, { code, sentence, messages, reason: null, wrongFields: [], requestId: null });
    for (const { $typeName, ...detail } of details) {
      if ($typeName === 'google.rpc.ErrorInfo' && detail.domain === 'sallyport') {
        this.reason = detail.reason;
        this.requestId = detail.metadata.request_id;
      }
      if ($typeName === 'google.rpc.BadRequest')
        this.wrongFields = detail.fieldViolations.map(({ field, description }) => [field, description.split(':')[0]]);
    }
  }
}

export class Contract {
  /** Of a google.protobuf.FileDescriptorSet, as protoc writes it. */
  constructor(descriptors) {
    this.registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
  }

  /** `auth.v1.AuthService/SignUp` */
  method(path) {
    const [service, name] = path.split('/');
    return this.registry.getService(service).methods.find((method) => method.name === name);
  }

  request(path, json) {
    return fromJson(this.method(path).input, json);
  }

  answer(path, message) {
    return toJson(this.method(path).output, message);
  }

  get details() {
    return ['ErrorInfo', 'BadRequest', 'RetryInfo'].map((name) => this.registry.getMessage(`google.rpc.${name}`));
  }

  /** What the metadata `grpc-status-details-bin` holds. */
  detailsOf(bytes) {
    if (!bytes) return [];
    return fromBinary(this.registry.getMessage('google.rpc.Status'), bytes).details
      .map((any) => anyUnpack(any, this.registry)).filter(Boolean);
  }
}

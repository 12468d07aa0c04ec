// @grpc/grpc-js with the definitions read by @grpc/proto-loader, behind what story.mjs calls.

import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';
import { Refused } from './contract.mjs';
import { protoFiles, protoFolder } from './descriptors.mjs';

const definitions = grpc.loadPackageDefinition(
  protoLoader.loadSync(protoFiles, { includeDirs: [protoFolder], enums: String, longs: Number }));

export class GrpcJsClient {
  #services = new Map();

  /** Of a server's address; `authority` is the PEM that vouches for it, none in the clear. */
  constructor(contract, { address, authority }, options = {}) {
    const credentials = authority ? grpc.credentials.createSsl(authority) : grpc.credentials.createInsecure();
    Object.assign(this, { contract, address, credentials });
    // The certificate's name; Node.js asks for no address by name (RFC 6066 §3).
    this.options = { ...(authority && { 'grpc.ssl_target_name_override': 'localhost' }), ...options };
  }

  close() {
    for (const service of this.#services.values()) service.close();
  }

  #service(name) {
    if (!this.#services.has(name)) {
      const Service = name.split('.').reduce((found, part) => found[part], definitions);
      this.#services.set(name, new Service(this.address, this.credentials, this.options));
    }
    return this.#services.get(name);
  }

  #begin(path, request, { token, metadata = {}, timeoutMs, signal }, ...callback) {
    const sent = new grpc.Metadata();
    for (const [name, value] of Object.entries(metadata)) sent.set(name, value);
    if (token) sent.set('authorization', `Bearer ${token}`);
    const [service, method] = path.split('/');
    const options = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
    const running = this.#service(service)[method](request, sent, options, ...callback);
    signal?.addEventListener('abort', () => running.cancel());
    return running;
  }

  #refused(error, messages) {
    const [details] = error.metadata?.get('grpc-status-details-bin') ?? [];
    return new Refused(error.code, error.details, this.contract.detailsOf(details), messages);
  }

  unary(path, request = {}, options = {}) {
    return new Promise((resolve, reject) => {
      let leading;
      this.#begin(path, request, options, (error, message) => {
        if (error) reject(this.#refused(error));
        else resolve({ message, leading });
      }).on('metadata', (metadata) => { leading = metadata.getMap(); });
    });
  }

  stream(path, request = {}, { onMessage = () => {}, ...options } = {}) {
    return new Promise((resolve, reject) => {
      const messages = [];
      const found = {};
      const running = this.#begin(path, request, options);
      running.on('metadata', (metadata) => { found.leading = metadata.getMap(); });
      running.on('data', (message) => {
        messages.push(message);
        onMessage();
      });
      running.on('error', (error) => reject(this.#refused(error, messages)));
      running.on('status', (status) => {
        if (status.code === grpc.status.OK) resolve({ ...found, messages, trailing: status.metadata.getMap() });
      });
    });
  }
}

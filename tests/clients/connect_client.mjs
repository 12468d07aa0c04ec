// A transport of @connectrpc/connect, of Node.js or of a browser, behind what story.mjs calls.

import { ConnectError, createClient } from '@connectrpc/connect';
import { Refused } from './contract.mjs';

export class ConnectClient {
  constructor(contract, transport) {
    Object.assign(this, { contract, transport });
  }

  #method(path) {
    const { parent, localName } = this.contract.method(path);
    return createClient(parent, this.transport)[localName];
  }

  #options(options, found) {
    return {
      headers: { ...options.metadata, ...(options.token && { authorization: `Bearer ${options.token}` }) },
      timeoutMs: options.timeoutMs,
      signal: options.signal,
      onHeader: (headers) => { found.leading = Object.fromEntries(headers); },
      onTrailer: (trailers) => { found.trailing = Object.fromEntries(trailers); },
    };
  }

  #refused(error, messages) {
    const connectError = ConnectError.from(error);
    const details = this.contract.details.flatMap((schema) => connectError.findDetails(schema));
    return new Refused(connectError.code, connectError.rawMessage, details, messages);
  }

  async unary(path, request = {}, options = {}) {
    const found = {};
    try {
      const message = await this.#method(path)(this.contract.request(path, request), this.#options(options, found));
      return { ...found, message: this.contract.answer(path, message) };
    } catch (error) {
      throw this.#refused(error);
    }
  }

  async stream(path, request = {}, { onMessage = () => {}, ...options } = {}) {
    const found = {};
    const messages = [];
    try {
      for await (const message of this.#method(path)(this.contract.request(path, request), this.#options(options, found))) {
        messages.push(this.contract.answer(path, message));
        onMessage();
      }
      return { ...found, messages };
    } catch (error) {
      throw this.#refused(error, messages);
    }
  }
}

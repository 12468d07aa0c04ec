// grpc-web, with messages of protobuf-es, behind what story.mjs calls.

import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { GrpcWebClientBase, MethodDescriptor, MethodType } from 'grpc-web';
import { Refused } from './contract.mjs';

const cancelled = 1;

function bytesOf(base64) {
  return base64 && Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

export class GrpcWebClient {
  /** `format`: text or binary. */
  constructor(contract, server, format) {
    Object.assign(this, { contract, server, base: new GrpcWebClientBase({ format }) });
  }

  #descriptor(path, type) {
    const { input, output } = this.contract.method(path);
    return new MethodDescriptor(`/${path}`, type, Object, Object,
      (message) => toBinary(input, message), (bytes) => fromBinary(output, bytes));
  }

  /** The timeout as grpc-web would send it of a `deadline`; of one that passes before, it would send nothing. */
  #metadata({ token, metadata, timeoutMs }) {
    return { ...metadata, ...(token && { authorization: `Bearer ${token}` }),
      ...(timeoutMs !== undefined && { 'grpc-timeout': `${timeoutMs}m` }) };
  }

  #refused({ code, message, metadata }, messages) {
    return new Refused(code, message, this.contract.detailsOf(bytesOf(metadata?.['grpc-status-details-bin'])), messages);
  }

  /**
   * `begin` gives the running call, and gets what to do with a message and with an error. What its client cancels ends
   * without a word of grpc-web.
   */
  #run(path, type, request, options, begin) {
    return new Promise((resolve, reject) => {
      const found = { messages: [] };
      const receive = (message) => {
        found.messages.push(this.contract.answer(path, message));
        options.onMessage?.();
      };
      const fail = (error) => reject(this.#refused(error, found.messages));
      const running = begin(receive, fail, `${this.server}/${path}`, this.contract.request(path, request),
        this.#metadata(options), this.#descriptor(path, type));
      running.on('metadata', (metadata) => { found.leading = metadata; });
      running.on('status', (status) => { found.trailing = status.metadata; });
      running.on('end', () => resolve(found));
      options.signal?.addEventListener('abort', () => {
        running.cancel();
        reject(new Refused(cancelled, 'cancelled', [], found.messages));
      });
    });
  }

  async unary(path, request = {}, options = {}) {
    const found = await this.#run(path, MethodType.UNARY, request, options, (receive, fail, ...call) =>
      this.base.rpcCall(...call, (error, message) => {
        if (error) fail(error);
        else receive(message);
      }));
    return { message: found.messages[0], leading: found.leading };
  }

  stream(path, request = {}, options = {}) {
    return this.#run(path, MethodType.SERVER_STREAMING, request, options, (receive, fail, ...call) =>
      this.base.serverStreaming(...call).on('data', receive).on('error', fail));
  }
}

// What a page runs: the clients that @connectrpc/connect-web and grpc-web are in a browser. browser_test.mjs bundles it.

import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web';
import descriptors from './descriptors.binpb';
import { ConnectClient } from './connect_client.mjs';
import { Contract } from './contract.mjs';
import { GrpcWebClient } from './grpc_web_client.mjs';
import { tell } from './story.mjs';

const contract = new Contract(descriptors);
const clients = {
  connectJson: (baseUrl) => new ConnectClient(contract, createConnectTransport({ baseUrl })),
  connectBinary: (baseUrl) => new ConnectClient(contract, createConnectTransport({ baseUrl, useBinaryFormat: true })),
  connectByGet: (baseUrl) => new ConnectClient(contract, createConnectTransport({ baseUrl, useHttpGet: true })),
  connectGrpcWeb: (baseUrl) => new ConnectClient(contract, createGrpcWebTransport({ baseUrl })),
  grpcWebText: (baseUrl) => new GrpcWebClient(contract, baseUrl, 'text'),
  grpcWebBinary: (baseUrl) => new GrpcWebClient(contract, baseUrl, 'binary'),
};

globalThis.tellWith = (client, server, ...story) => tell(clients[client](server), ...story);

/** The status of an answer, or that the browser kept it from the page. */
globalThis.askWith = async (client, server) => {
  try {
    return (await clients[client](server).unary('grpc.health.v1.Health/Check')).message.status;
  } catch (error) {
    return `code ${error.code}`;
  }
};

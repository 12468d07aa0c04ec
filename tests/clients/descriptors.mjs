// The definitions, compiled when a test begins: the folder api/proto is the second argument of every test.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const program = process.argv[2];
export const protoFolder = process.argv[3];
export const protoFiles = ['auth/v1/auth.proto', 'core/v1/core.proto', 'users/v1/users.proto',
  'google/rpc/status.proto', 'google/rpc/error_details.proto', 'grpc/health/v1/health.proto'];

/** A google.protobuf.FileDescriptorSet. */
export function descriptors() {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-proto-'));
  try {
    const file = join(folder, 'set');
    execFileSync('protoc', [`--proto_path=${protoFolder}`, '--include_imports', `--descriptor_set_out=${file}`, ...protoFiles]);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

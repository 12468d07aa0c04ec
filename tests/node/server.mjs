// Runs the program as a stranger would: on a free port, with data of its own that is gone afterwards.

import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const within = 10_000;  // milliseconds
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SALLYPORT_')));

export function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** What `look` finds, once it is so much; what it found last where that does not come about. */
async function atLeast(least, look) {
  for (const deadline = Date.now() + within; ; await pause(5)) {
    const found = await look();
    if (found.length >= least || Date.now() > deadline) return found;
  }
}

/** A certificate for this machine, and the authority that signed it, as files of a folder. */
async function makeCertificate(folder) {
  const openssl = (...words) => execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...newKey, '-days', '30', '-subj', '/CN=An authority for tests',
    '-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-keyout', 'authority.key', '-out', 'authority.pem');
  openssl('req', '-new', ...newKey, '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'request');
  await writeFile(join(folder, 'extensions'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n');
  openssl('x509', '-req', '-in', 'request', '-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial',
    '-days', '30', '-sha256', '-extfile', 'extensions', '-out', 'server.pem');
}

class Server {
  constructor(program, folder, port, settings, authority) {
    Object.assign(this, { program, folder, port, settings, authority });
    this.address = `127.0.0.1:${port}`;
    this.origin = `${authority ? 'https' : 'http'}://${this.address}`;
    this.data = join(folder, 'data');
  }

  async start() {
    const log = openSync(join(this.folder, 'log'), 'a');
    this.child = spawn(this.program, ['serve', '--listen', this.address, '--data', this.data,
      ...this.settings.flatMap((setting) => ['--set', setting])], { stdio: ['ignore', 'ignore', log], env: environment });
    closeSync(log);
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
    for (const deadline = Date.now() + within; !(await this.#isReady()); await pause(5)) {
      if (Date.now() > deadline || this.child.exitCode !== null) {
        await this.end();
        throw new Error(`the server did not become ready: ${await this.log()}`);
      }
    }
  }

  /** What it answers to a GET. */
  get(path) {
    return new Promise((resolve, reject) => {
      const { get } = this.authority ? https : http;
      get(this.origin + path, { ca: this.authority, agent: false }, async (answer) => {
        resolve({ status: answer.statusCode, text: (await answer.setEncoding('utf8').toArray()).join('') });
      }).on('error', reject);
    });
  }

  async #isReady() {
    try {
      return (await this.get('/health/ready')).status === 200;
    } catch {
      return false;
    }
  }

  /** SIGTERM; its exit status. */
  end() {
    this.child.kill();
    return this.ended;
  }

  /** Ends it for good; it must say that all went well. */
  async stop() {
    const status = await this.end();
    const log = await this.log();
    await rm(this.folder, { recursive: true, force: true });
    if (status !== 0) throw new Error(`the server ended with status ${status}: ${log.slice(-2000)}`);
  }

  log() {
    return readFile(join(this.folder, 'log'), 'utf8');
  }

  /** The line that it logged of a request, as soon as it is there. */
  async request(id) {
    const [line] = await atLeast(1, async () => (await this.log()).split('\n').slice(0, -1)
      .filter((line) => line.includes(`"request_id":"${id}"`)));
    return JSON.parse(line);
  }

  /** The outcomes that its metrics count for a route, by the end of its path, as soon as there are so many. */
  outcomes(route, least = 0) {
    const counted = /^sallyport_requests_total\{.*outcome="(\w+)".*route="([^"]+)".*\} (\d+)$/gm;
    return atLeast(least, async () => [...(await this.get('/metrics')).text.matchAll(counted)]
      .flatMap(([, outcome, path, count]) => path.endsWith(route) ? Array(Number(count)).fill(outcome) : []));
  }

  makeAdministrator(email, password) {
    execFileSync(this.program, ['admin', 'create', email, '--password-stdin', '--data', this.data],
      { input: `${password}\n`, env: environment, stdio: ['pipe', 'ignore', 'pipe'] });
  }
}

/**
 * Starts one. With `isTls` it speaks nothing else, and `authority` is the PEM that vouches for it. Pages of
 * `allowedOrigin` may call it.
 */
export async function startServer(program, { isTls = false, allowedOrigin } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-node-'));
  const port = await freePort();
  const settings = [];
  if (isTls || allowedOrigin) settings.push(`public_url=${isTls ? 'https' : 'http'}://localhost:${port}`);
  if (allowedOrigin) settings.push(`allowed_origins=${allowedOrigin}`);
  let authority;
  if (isTls) {
    await makeCertificate(folder);
    authority = await readFile(join(folder, 'authority.pem'));
    settings.push(`tls.certificates=${join(folder, 'server.pem')}`, `tls.keys=${join(folder, 'server.key')}`);
  }
  const server = new Server(program, folder, port, settings, authority);
  try {
    await server.start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return server;
}

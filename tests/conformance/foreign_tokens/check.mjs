// npm's jose and paseto verify the access tokens of the program given, and forge some that it must refuse.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import * as jose from 'jose';
import { InspectFooter, PublicProtocol, LocalProtocol } from 'paseto';
import * as v1 from 'paseto/v1/public';
import * as v2 from 'paseto/v2/public';
import * as v3 from 'paseto/v3/public';
import * as v3local from 'paseto/v3/local';
import * as v4 from 'paseto/v4/public';

const now = Math.floor(Date.now() / 1000);
const program = spawn(process.argv[2], [String(now)], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
const ours = JSON.parse((await lines.next()).value);
after(() => program.stdin.end());

const jwk = (alg) => ours.jwks.keys.find((key) => key.alg === alg);
const jwtAlgorithms = ['EdDSA', 'ES256', 'RS256'];
const secret = jose.base64url.decode(ours.secret.k);
const encode = (value) => jose.base64url.encode(typeof value === 'string' ? value : JSON.stringify(value));
const claims = {
  sub: ours.sub, sid: ours.sid, iss: ours.issuer, aud: ours.audience,
  iat: now, nbf: now, exp: now + 900, jti: 'forged', role: 'admin',
};
const pasetoClaims = { ...claims };
for (const name of ['iat', 'nbf', 'exp'])
  pasetoClaims[name] = new Date(claims[name] * 1000).toISOString().replace('.000Z', 'Z');

/** What our program says of a token. */
async function verdict(token) {
  program.stdin.write(token + '\n');
  return (await lines.next()).value;
}

function sign(key, header, payload = claims) {
  return new jose.SignJWT(payload).setProtectedHeader({ typ: 'at+jwt', ...header }).sign(key);
}

const expected = { issuer: ours.issuer, audience: ours.audience, typ: 'at+jwt', requiredClaims: Object.keys(claims) };

for (const alg of jwtAlgorithms) {
  test(`jose verifies ${alg} from the JWK set`, async () => {
    const keys = jose.createLocalJWKSet(ours.jwks);
    const { payload, protectedHeader } = await jose.jwtVerify(ours.tokens[alg], keys, { ...expected, algorithms: [alg] });
    assert.equal(payload.sub, ours.sub);
    assert.equal(payload.sid, ours.sid);
    assert.deepEqual(protectedHeader, { alg, typ: 'at+jwt', kid: await jose.calculateJwkThumbprint(jwk(alg)) });
    const [header, , signature] = ours.tokens[alg].split('.');
    await assert.rejects(jose.jwtVerify([header, encode({ ...payload, role: 'admin' }), signature].join('.'), keys));
  });
}

test('jose verifies HS256 with the secret, which the JWK set does not have', async () => {
  await jose.jwtVerify(ours.tokens.HS256, secret, { ...expected, algorithms: ['HS256'] });
  await assert.rejects(jose.jwtVerify(ours.tokens.HS256, jose.createLocalJWKSet(ours.jwks)));
  assert.equal(ours.secret.kid, await jose.calculateJwkThumbprint({ kty: 'oct', k: ours.secret.k }));
  assert.ok(ours.jwks.keys.every((key) => key.kid !== ours.secret.kid && !('k' in key) && !('d' in key)));
});

test('jose has no JWT verified by the key of PASETO', async () => {
  const { privateKey } = await jose.generateKeyPair('EdDSA');
  const token = await sign(privateKey, { alg: 'EdDSA', kid: jwk('v4.public').kid });
  await assert.rejects(jose.jwtVerify(token, jose.createLocalJWKSet(ours.jwks)), jose.errors.JWKSNoMatchingKey);
});

test('paseto verifies v4.public with a key of the JWK set', async () => {
  const protocol = new PublicProtocol(v4.ImportPublicKeyFactory, v4.VerifyFactory);
  const { x, kid } = jwk('v4.public');
  const key = await protocol.ImportPublicKey(`k4.public.${x}`);
  const token = ours.tokens['v4.public'];
  const verified = await protocol.Verify(key, token, { issuer: ours.issuer, audience: ours.audience });
  assert.equal(verified.claims.sub, ours.sub);
  assert.equal(verified.claims.exp, pasetoClaims.exp);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(InspectFooter(token))), { kid });
  const other = await protocol.ImportPublicKey(`k4.public.${jwk('EdDSA').x}`);
  await assert.rejects(protocol.Verify(other, token));
});

test('we take what the holder of the HS256 secret signs for its audience, and nothing else of theirs', async () => {
  const header = { alg: 'HS256', kid: ours.secret.kid };
  assert.equal(await verdict(await sign(secret, header)), 'accepted');
  assert.equal(await verdict(await sign(secret, header, { ...claims, aud: 'desk' })), 'token_audience');
  assert.equal(await verdict(await sign(secret, header, { ...claims, iss: 'https://else.test' })), 'token_issuer');
  assert.equal(await verdict(await sign(secret, header, { ...claims, exp: now })), 'token_expired');
  assert.equal(await verdict(await sign(secret, header, { ...claims, nbf: now + 1 })), 'token_not_yet_valid');
  assert.equal(await verdict(await sign(secret, { ...header, typ: 'JWT' })), 'token_type');
  const critical = new jose.SignJWT(claims).setProtectedHeader({ ...header, typ: 'at+jwt', crit: ['b64'], b64: true });
  assert.equal(await verdict(await critical.sign(secret)), 'token_malformed');
  for (const alg of ['HS384', 'HS512'])
    assert.equal(await verdict(await sign(new Uint8Array(64), { ...header, alg })), 'token_algorithm');
  const token = await sign(secret, header);
  assert.equal(await verdict(token + '='), 'token_malformed');
});

test('we refuse tokens without a signature', async () => {
  for (const { kid } of ours.jwks.keys) {
    for (const alg of ['none', 'None', 'NONE'])
      assert.equal(await verdict(`${encode({ alg, typ: 'at+jwt', kid })}.${encode(claims)}.`), 'token_algorithm');
  }
  assert.equal(await verdict(new jose.UnsecuredJWT(claims).encode()), 'token_malformed');
});

test('we refuse HS256 keyed with a public key', async () => {
  for (const alg of jwtAlgorithms) {
    const { kid, ...members } = jwk(alg);
    const pem = await jose.exportSPKI(await jose.importJWK(jwk(alg), alg, { extractable: true }));
    const texts = [pem, pem.trim(), JSON.stringify(jwk(alg)), members.n ?? members.x];
    for (const key of [...texts.map((text) => new TextEncoder().encode(text)), jose.base64url.decode(members.n ?? members.x)])
      assert.equal(await verdict(await sign(key, { alg: 'HS256', kid })), 'token_algorithm');
  }
});

test('we refuse the keys of others, however they are brought along', async () => {
  for (const alg of [...jwtAlgorithms, 'PS256', 'RS384', 'ES384']) {
    const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
    const own = await jose.exportJWK(publicKey);
    for (const { kid, alg: keyAlg } of ours.jwks.keys)
      assert.equal(await verdict(await sign(privateKey, { alg, kid })), alg === keyAlg ? 'token_signature' : 'token_algorithm');
    const kid = await jose.calculateJwkThumbprint(own);
    assert.equal(await verdict(await sign(privateKey, { alg, kid })), 'token_unknown_key');
    assert.equal(await verdict(await sign(privateKey, { alg, kid: jwk('EdDSA').kid, jwk: own })), 'token_malformed');
    assert.equal(await verdict(await sign(privateKey, { alg, kid, jku: 'https://else.test' })), 'token_malformed');
    assert.equal(await verdict(await sign(privateKey, { alg })), 'token_malformed');
  }
});

test('we refuse ES256 signatures that fit every message, and those in DER', async () => {
  const { kid } = jwk('ES256');
  const text = `${encode({ alg: 'ES256', typ: 'at+jwt', kid })}.${encode(claims)}`;
  const one = new Uint8Array(64).fill(1, 63);
  for (const signature of [new Uint8Array(64), one, one.toReversed(), new Uint8Array([0x30, 6, 2, 1, 0, 2, 1, 0])])
    assert.equal(await verdict(`${text}.${jose.base64url.encode(signature)}`), 'token_signature');
});

test('we refuse PASETO of other keys, versions and purposes', async () => {
  const footer = (kid) => new TextEncoder().encode(JSON.stringify({ kid }));
  const { kid } = jwk('v4.public');
  for (const [version, outcome] of [[v1, 'token_unsupported'], [v2, 'token_unsupported'], [v3, 'token_unsupported'],
                                    [v4, 'token_signature']]) {
    const protocol = new PublicProtocol(version.GenerateKeyPairFactory, version.SignFactory);
    const { secretKey } = await protocol.GenerateKeyPair();
    const token = await protocol.Sign(secretKey, pasetoClaims, { footer: footer(kid) });
    assert.equal(await verdict(token), outcome);
    if (version !== v4) continue;
    assert.equal(await verdict(await protocol.Sign(secretKey, pasetoClaims, { footer: footer('x') })), 'token_unknown_key');
    assert.equal(await verdict(await protocol.Sign(secretKey, pasetoClaims, { footer: footer(jwk('EdDSA').kid) })),
                 'token_algorithm');
    assert.equal(await verdict(await protocol.Sign(secretKey, pasetoClaims)), 'token_malformed');
    assert.equal(await verdict(token.replace('public', 'local')), 'token_unsupported');
  }
  const local = new LocalProtocol(v3local.GenerateKeyFactory, v3local.EncryptFactory);
  const token = await local.Encrypt(await local.GenerateKey(), pasetoClaims, { footer: footer(kid) });
  assert.equal(await verdict(token), 'token_unsupported');
});

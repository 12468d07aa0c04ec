// What every client goes through, told as plain data, so that it can be told in a browser and looked at in Node.js.

export const password = 'correct-Horse-7-battery';
const auth = 'auth.v1.AuthService';
const users = 'users.v1.UserService';
const health = 'grpc.health.v1.Health';

async function refusalOf(call) {
  try {
    await call;
  } catch ({ code, reason, wrongFields, requestId, messages, name, message }) {
    if (code === undefined) return { name, message };
    return { code, reason, wrongFields, hasRequestId: Boolean(requestId), messages };
  }
  return null;
}

/**
 * Signs up, signs in and does what else people do, as somebody whose address nobody has yet. `administrator` has the
 * address of one. `streams` is whether messages of a stream arrive before its end.
 */
export async function tell(client, email, administrator, { streams = true } = {}) {
  const told = {};
  const signIn = (identifier, more = {}, options = {}) =>
    client.unary(`${auth}/Authenticate`, { identifier, password, ...more }, options);

  const signUp = await client.unary(`${auth}/SignUp`, {
    identifier: email, password, displayName: 'Änn', locale: 'de-CH',
    clientInfo: { deviceId: `phone of ${email}`, deviceName: 'Phone', metadata: { colour: 'blue' } },
  });
  const device = signUp.leading['sallyport-device'];
  const token = signUp.message.tokens.accessToken;
  told.signedUp = [signUp.message.status, signUp.message.user.email, signUp.message.user.displayName,
    device.startsWith('spd_')];

  const signedIn = await signIn(email, {}, { metadata: { 'sallyport-device': device } });
  told.signedIn = [signedIn.message.status, signedIn.leading['sallyport-device'].startsWith('spd_')];
  told.failed = (await signIn(email, { password: 'not-that-one-99' })).message.status;
  const { message: validated } = await client.unary(`${auth}/ValidateCredentials`, {}, { token });
  told.validated = [validated.valid, validated.user.email];
  const { message: renewed } = await client.unary(`${auth}/RefreshTokens`,
    { refreshToken: signUp.message.tokens.refreshToken });
  told.renewed = Boolean(renewed.accessToken && renewed.expiresAt);

  told.invalid = await refusalOf(client.unary(`${auth}/SignUp`, { password: 'short', locale: 'x'.repeat(36) }));
  told.invalid?.wrongFields?.sort();
  told.unauthenticated = await refusalOf(client.unary(`${auth}/ValidateCredentials`));
  told.unimplemented = await refusalOf(client.unary(`${auth}/VerifyMfa`,
    { challengeToken: 'x', method: 'MFA_METHOD_TOTP', code: '123456' }));
  told.forbidden = await refusalOf(client.stream(`${users}/ListUsers`, {}, { token }));
  // Whether client or server is the first to say that it is too late is a race; only one of them gives a reason.
  told.tooLate = (await refusalOf(signIn(email, {}, { timeoutMs: 1 })))?.code;
  const leaving = new AbortController();
  const left = refusalOf(signIn(email, {}, { signal: leaving.signal }));
  leaving.abort();
  told.cancelled = await left;

  const boss = (await signIn(administrator)).message.tokens.accessToken;
  const first = await client.stream(`${users}/ListUsers`, { pageSize: 1 }, { token: boss });
  told.firstUser = first.messages.map((user) => user.email);
  const next = first.trailing['sallyport-next-page'];
  const others = await client.stream(`${users}/ListUsers`, { pageToken: next }, { token: boss });
  told.othersHaveMe = others.messages.some((user) => user.email === email);
  told.isLastPage = !others.trailing['sallyport-next-page'];

  told.health = (await client.unary(`${health}/Check`)).message.status;
  told.unknownHealth = await refusalOf(client.unary(`${health}/Check`, { service: 'no.such.Service' }));
  if (streams) {
    const controller = new AbortController();
    const watching = { signal: controller.signal, onMessage: () => controller.abort() };
    told.watchCancelled = await refusalOf(client.stream(`${health}/Watch`, {}, watching));
    told.watchTooLate = (await refusalOf(client.stream(`${health}/Watch`, {}, { timeoutMs: 400 })))?.code;
  }
  return told;
}

/** What has to be told. */
export function expected(email, administrator, { streams = true } = {}) {
  const refused = (code, reason, wrongFields = [], messages = []) =>
    ({ code, reason, wrongFields, hasRequestId: reason !== null, messages });
  const serving = [{ status: 'SERVING' }];
  return {
    signedUp: ['AUTH_STATUS_SUCCESS', email, 'Änn', true],
    signedIn: ['AUTH_STATUS_SUCCESS', true],
    failed: 'AUTH_STATUS_FAILED',
    validated: [true, email],
    renewed: true,
    invalid: refused(3, 'invalid_fields',
      [['display_name', 'missing'], ['identifier', 'missing'], ['locale', 'too_long'], ['password', 'too_short']]),
    unauthenticated: refused(16, 'not_authenticated'),
    unimplemented: refused(12, 'second_factors_unavailable'),
    forbidden: refused(7, 'forbidden'),
    tooLate: 4,
    cancelled: refused(1, null),
    firstUser: [administrator],
    othersHaveMe: true,
    isLastPage: true,
    health: 'SERVING',
    unknownHealth: refused(5, 'service_not_found'),
    ...(streams && { watchCancelled: refused(1, null, [], serving), watchTooLate: 4 }),
  };
}

/** Whether that is how the server says calls ended that their clients gave up: by whichever word came first. */
export function areGivenUp(outcomes, count) {
  return outcomes.length === count && outcomes.every((outcome) => ['cancelled', 'deadline_exceeded'].includes(outcome));
}

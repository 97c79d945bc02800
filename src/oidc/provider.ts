/** Sign-in of people at an OpenID provider: authorization code with PKCE, state and nonce. */
import * as oauth from 'oauth4webapi';

export interface OidcSettings {
  /** As the provider writes it in its tokens. Plain http only on loopback. */
  readonly issuer: string;
  readonly clientId: string;
  /** null: a public client, which PKCE alone protects. */
  readonly clientSecret: string | null;
  /** Claim of the ID token that says who it is. */
  readonly subjectClaim: string;
  /** Where the provider sends the browser back to. */
  readonly redirectUri: string;
}

/** What only the browser that began knows until it comes back. */
export interface Begun {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface OidcProvider {
  readonly issuer: string;
  /** Where to send the browser. Throws `OidcError`. */
  begin(): Promise<Begun & { readonly url: string }>;
  /** Who came back with this query, by the claim of the ID token. Throws `OidcError`. */
  finish(begun: Begun, query: URLSearchParams): Promise<string>;
  /** What the provider says of itself; throws `OidcError` when it cannot be used. */
  discover(): Promise<void>;
}

/** away: ask again later. refused: this sign-in is over. Its message says which rule, and nothing of a token. */
export class OidcError extends Error {
  readonly kind: 'away' | 'refused';

  constructor(kind: 'away' | 'refused', message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'OidcError';
    this.kind = kind;
  }
}

const DEADLINE_MS = 5_000;
const DISCOVERED_MS = 10 * 60_000;
/** Between the clocks of provider and gateway. */
const TOLERANCE_S = 30;

export function createOidcProvider(settings: OidcSettings): OidcProvider {
  const { issuer, clientId, clientSecret, subjectClaim, redirectUri } = settings;
  const client: oauth.Client = { client_id: clientId, [oauth.clockTolerance]: TOLERANCE_S };
  let known: { readonly untilMs: number; readonly server: oauth.AuthorizationServer } | null = null;

  // Only of what the settings let pass: http on loopback.
  const options = () => ({
    signal: AbortSignal.timeout(DEADLINE_MS),
    [oauth.allowInsecureRequests]: issuer.startsWith('http://'),
  });

  async function server(): Promise<oauth.AuthorizationServer> {
    if (known !== null && known.untilMs > Date.now()) return known.server;
    const found = await reach(`${issuer}: discovery`, async () => {
      const response = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oidc', ...options() });
      return await oauth.processDiscoveryResponse(new URL(issuer), response);
    });
    for (const member of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const) {
      if (found[member] === undefined)
        throw new OidcError('away', `${issuer}: its discovery document has no ${member}`);
    }
    known = { untilMs: Date.now() + DISCOVERED_MS, server: found };
    return found;
  }

  async function exchange(begun: Begun, query: URLSearchParams): Promise<oauth.IDToken> {
    const as = await server();
    const code = refusing('the answer of the provider', () =>
      oauth.validateAuthResponse(as, client, query, begun.state),
    );
    const response = await reach(`${issuer}: token endpoint`, async () =>
      oauth.authorizationCodeGrantRequest(
        as,
        client,
        authenticationOf(as),
        code,
        redirectUri,
        begun.verifier,
        options(),
      ),
    );
    if (response.status >= 500)
      throw new OidcError('away', `${issuer}: token endpoint: HTTP ${response.status}`);
    const tokens = await refusing('the ID token', async () =>
      oauth.processAuthorizationCodeResponse(as, client, response, {
        expectedNonce: begun.nonce,
        requireIdToken: true,
      }),
    );
    await verified(as, response);
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    if (claims === undefined) throw new OidcError('refused', 'the provider sent no ID token');
    return claims;
  }

  /** Over loopback or a proxy that ends TLS, only the signature says who wrote the token. */
  async function verified(as: oauth.AuthorizationServer, response: Response): Promise<void> {
    try {
      await oauth.validateApplicationLevelSignature(as, response, options());
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      if (WRONGLY_SIGNED.includes(code))
        throw new OidcError('refused', 'no key of the provider made the signature of the ID token', error);
      throw new OidcError('away', `${issuer}: its keys cannot be read`, error);
    }
  }

  /** What the provider takes; without a list, HTTP Basic is the rule. */
  function authenticationOf(as: oauth.AuthorizationServer): oauth.ClientAuth {
    if (clientSecret === null) return oauth.None();
    const methods = as.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return methods.includes('client_secret_basic')
      ? oauth.ClientSecretBasic(clientSecret)
      : oauth.ClientSecretPost(clientSecret);
  }

  return {
    issuer,
    discover: async () => {
      await server();
    },
    async begin() {
      const as = await server();
      const begun = {
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        verifier: oauth.generateRandomCodeVerifier(),
      };
      const url = new URL(as.authorization_endpoint ?? '');
      for (const [name, value] of Object.entries({
        client_id: clientId,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: SCOPES[subjectClaim] ?? 'openid profile',
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
      }))
        url.searchParams.set(name, value);
      return { ...begun, url: url.href };
    },
    async finish(begun, query) {
      const subject = (await exchange(begun, query))[subjectClaim];
      if (typeof subject === 'string' && subject !== '') return subject;
      throw new OidcError('refused', `the ID token has no claim ${subjectClaim}`);
    },
  };
}

const WRONGLY_SIGNED: readonly unknown[] = [
  oauth.INVALID_RESPONSE,
  oauth.KEY_SELECTION,
  oauth.UNSUPPORTED_OPERATION,
];

/** No more of a person than is needed to know who it is. */
const SCOPES: Readonly<Record<string, string>> = { sub: 'openid', email: 'openid email' };

async function reach<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new OidcError('away', `${what}: ${reasonOf(error)}`, error);
  }
}

async function refusing<T>(what: string, call: () => Promise<T>): Promise<T>;
function refusing<T>(what: string, call: () => T): T;
function refusing<T>(what: string, call: () => T | Promise<T>): T | Promise<T> {
  const refused = (error: unknown): never => {
    throw new OidcError('refused', `${what} was not accepted: ${reasonOf(error)}`, error);
  };
  try {
    const answer = call();
    return answer instanceof Promise ? answer.catch(refused) : answer;
  } catch (error) {
    return refused(error);
  }
}

/** Of a library that puts neither token nor code into its messages; `error` of a provider is one of a few words. */
function reasonOf(error: unknown): string {
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError)
    return /^[\w.-]{1,60}$/.test(error.error)
      ? `the provider answers ${error.error}`
      : 'the provider refuses';
  const { name, message } = error as Partial<Error>;
  if (name === 'TimeoutError') return `no answer within ${DEADLINE_MS / 1_000} s`;
  if (name === 'TypeError') return 'it cannot be reached';
  return message ?? 'unexpected error';
}

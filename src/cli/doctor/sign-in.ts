import type { ConfiguredPerson } from '../../config/operator-config.js';
import { messageOf, ok, problem, type DoctorRow } from './row.js';

const AREA = 'gateway';

/** Whether people can sign in at the OpenID provider; `people` is null when people.yaml cannot be read here. */
export async function checkSignIn(
  issuer: string | undefined,
  clientId: string | undefined,
  people: readonly ConfiguredPerson[] | null,
): Promise<readonly DoctorRow[]> {
  if (issuer === undefined || clientId === undefined) return [];
  return [await checkProvider(issuer, clientId), ...(people === null ? [] : [checkPeople(people)])];
}

async function checkProvider(issuer: string, clientId: string): Promise<DoctorRow> {
  const { createOidcProvider } = await import('../../oidc/provider.js');
  const provider = createOidcProvider({
    issuer,
    clientId,
    clientSecret: null,
    subjectClaim: 'sub',
    redirectUri: 'http://127.0.0.1/',
  });
  try {
    await provider.discover();
    return ok(AREA, 'OpenID provider', `${issuer} answers`);
  } catch (error) {
    return problem(
      AREA,
      'OpenID provider',
      messageOf(error),
      'compare SCO_OIDC_ISSUER with the issuer in its discovery document; an own authority of it needs NODE_EXTRA_CA_CERTS; tokens still sign in',
    );
  }
}

function checkPeople(people: readonly ConfiguredPerson[]): DoctorRow {
  const joined = people.filter(({ oidcSubject }) => oidcSubject !== undefined).length;
  if (joined > 0) return ok(AREA, 'people who may sign in there', `${joined} with an oidcSubject`);
  return problem(
    AREA,
    'people who may sign in there',
    'no person of people.yaml has an oidcSubject, so that each is refused',
    'add oidcSubject to people.yaml: the page names the subject of who was refused',
  );
}

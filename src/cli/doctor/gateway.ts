import { messageOf, note, ok, problem, type DoctorRow } from './row.js';

const AREA = 'gateway';

export async function checkGateway(
  url: string,
  hasToken: boolean,
  ready: () => Promise<boolean>,
): Promise<readonly DoctorRow[]> {
  const token = hasToken
    ? ok(AREA, 'token', 'set')
    : note(
        AREA,
        'token',
        'none: sco can read but not give commands',
        'set SCO_TOKEN or SCO_TOKEN_FILE to your token',
      );
  return [await checkReady(url, ready), token];
}

async function checkReady(url: string, ready: () => Promise<boolean>): Promise<DoctorRow> {
  try {
    if (await ready()) return ok(AREA, url, 'ready');
    return problem(
      AREA,
      url,
      'answers, and does not reach Temporal',
      'see the rows of Temporal, and the log of the gateway',
    );
  } catch (error) {
    return problem(AREA, url, messageOf(error), 'start it (npm run gateway) or set SCO_GATEWAY_URL');
  }
}

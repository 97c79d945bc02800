import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OPENSSL = 'openssl';

export interface Certificate {
  key: Buffer;
  cert: Buffer;
  /** The certificate's own file: a client that trusts it trusts this server. */
  caFile: string;
}

/**
 * Makes a self-signed certificate for localhost, 127.0.0.1 and ::1 with the `openssl` command.
 * Throws an error that says what to install when that is not there.
 */
export function makeCertificate(host: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-tls-'));
  const [keyFile, caFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const own = /^[\d.]+$|:/.test(host) ? `IP:${host}` : `DNS:${host}`;
  const names = [...new Set(['DNS:localhost', 'IP:127.0.0.1', 'IP:::1', own])].join(',');
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '7',
  ];
  const about = ['-subj', '/CN=localhost', '-addext', `subjectAltName=${names}`];
  try {
    execFileSync(OPENSSL, [...request, '-keyout', keyFile, '-out', caFile, ...about], { stdio: 'pipe' });
  } catch (error) {
    throw new Error(
      `simulator: --tls needs the openssl command (1.1.1 or newer) to make its certificate; install it or leave --tls out (${String(error)})`,
      { cause: error },
    );
  }
  return { key: readFileSync(keyFile), cert: readFileSync(caFile), caFile };
}

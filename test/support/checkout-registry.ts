import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CheckoutRegistry {
  readonly url: string;
  close(): Promise<void>;
}

type Manifest = Readonly<Record<string, unknown>> & { readonly version: string };

/**
 * An npm registry of what is installed in this checkout, in the same versions: what is installed from it needs no network, and
 * is what `package-lock.json` names.
 */
export async function startCheckoutRegistry(): Promise<CheckoutRegistry> {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, object>;
  };
  const foldersOf = (name: string): string[] =>
    Object.keys(packages).filter((path) => path.endsWith(`node_modules/${name}`));
  const server = createServer((request, response) => {
    const [name = '', version] = decodeURIComponent((request.url ?? '/').slice(1)).split('/-/');
    const found = new Map(
      foldersOf(name).flatMap((folder): [string, { folder: string; manifest: Manifest }][] => {
        const manifest = manifestIn(folder);
        return manifest === null ? [] : [[manifest.version, { folder, manifest }]];
      }),
    );
    const folder = found.get(version ?? '')?.folder;
    if (folder !== undefined) {
      const tar = spawn('tar', [
        '-cz',
        '-C',
        folder,
        '--transform=s,^\\.,package,',
        '--exclude=./node_modules',
        '.',
      ]);
      tar.stdout.pipe(response);
      return;
    }
    if (found.size === 0 || version !== undefined) response.statusCode = 404;
    const address = `http://${request.headers.host ?? ''}/${name}/-/`;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        name,
        'dist-tags': { latest: [...found.keys()].at(0) },
        versions: Object.fromEntries(
          [...found].map(([key, { manifest }]) => [key, { ...manifest, dist: { tarball: address + key } }]),
        ),
      }),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** null for a package of another platform, which is in the lock file only. */
function manifestIn(folder: string): Manifest | null {
  try {
    return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Manifest;
  } catch {
    return null;
  }
}

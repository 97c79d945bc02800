import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * Jest's global set-up for the pages: finds a Chromium (`CHROMIUM_PATH`, or on the PATH), or installs Debian's package where we may.
 * Hands its path to every test process.
 */
export default function setUpBrowser() {
  process.env.CHROMIUM_PATH ??= found() ?? installed();
}

function found() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installed() {
  const isRoot = process.getuid?.() === 0;
  const hasApt = (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => isProgram(join(folder, 'apt-get')));
  if (!isRoot || !hasApt) {
    throw new Error(
      'The tests of the pages need a Chromium: install it (Debian: sudo apt-get install chromium), or set CHROMIUM_PATH.',
    );
  }
  process.stderr.write('installing chromium for the tests of the pages (Debian package, about 120 MB)\n');
  const apt = (...words) =>
    execFileSync('apt-get', words, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', 'chromium');
  const path = found();
  if (path === undefined) throw new Error('the package chromium brought no program of that name');
  return path;
}

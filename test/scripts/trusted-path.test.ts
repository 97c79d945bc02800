import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, constants, lchownSync, openSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { readOpened, readProgram } from '../../src/scripts/registered-program.js';
import { distrusted, ofEntry } from '../../src/scripts/trusted-path.js';
import { temporaryFolder, writeExecutable } from '../support/run-script.js';

const registered = (executable: string, sha256: string) => ({ executable, sha256, interpreter: null });

const folder = temporaryFolder();
const ANOTHER_USER = 4711;
/** Beside the folder: what is above it is root's, whoever runs the tests. */
const link = `${folder.path}-link`;

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(link, { force: true });
});
afterAll(() => folder.remove());

/** Makes a link in a folder of root. Root gives it to another user; every other user is one for the test. */
function linkOfAnotherUser(): void {
  symlinkSync(folder.path, link);
  if (process.geteuid?.() === 0) lchownSync(link, ANOTHER_USER, ANOTHER_USER);
  else jest.spyOn(process, 'geteuid').mockReturnValue(ANOTHER_USER);
}

/** The same link, and we are its owner. */
function linkOfOurs(): void {
  symlinkSync(folder.path, link);
  if (process.geteuid?.() !== 0) return;
  lchownSync(link, ANOTHER_USER, ANOTHER_USER);
  jest.spyOn(process, 'geteuid').mockReturnValue(ANOTHER_USER);
}

describe('a path that another user could change', () => {
  it('is one through a symbolic link of that user, also for an interpreter', async () => {
    const file = basename(writeExecutable(folder.path, 'plain', '#!/bin/sh\n'));
    linkOfAnotherUser();
    expect(await distrusted(join(link, file))).toContain(`${link} is a symbolic link of user`);
    expect(await distrusted(join(link, file), { ownLinks: true })).toContain('is a symbolic link of user');
  });

  it('is for a script one through a link of ours; for an interpreter it is not', async () => {
    const file = basename(writeExecutable(folder.path, 'plain', '#!/bin/sh\n'));
    linkOfOurs();
    expect(await distrusted(join(link, file))).toContain(`${link} is a symbolic link of user`);
    expect(await distrusted(join(link, file), { ownLinks: true })).toBeNull();
  });

  it('is a file that others may write to, whatever other bits it has', () => {
    const at = (mode: number, isFolder: boolean) =>
      ofEntry('/opt/x', { uid: 0, mode, isDirectory: () => isFolder });
    expect(at(0o1777, true)).toBeNull();
    expect(at(0o1777, false)).toContain('others than its owner may write');
    expect(at(0o0775, true)).toContain('others than its owner may write');
  });

  it('ends in an error where its links never end', async () => {
    const [a, b] = [join(folder.path, 'a'), join(folder.path, 'b')];
    symlinkSync(a, b);
    symlinkSync(b, a);
    expect(await distrusted(join(a, 'x'), { ownLinks: true })).toContain('too many symbolic links');
  });
});

describe('the file that is open', () => {
  it('is looked at, whatever its path meant a moment before: no link is followed, no open file of others is read', async () => {
    const text = '#!/bin/sh\n';
    const target = writeExecutable(folder.path, 'target', text);
    symlinkSync(target, join(folder.path, 'swapped'));
    await expect(readOpened(join(folder.path, 'swapped'), true)).rejects.toMatchObject({ code: 'ELOOP' });
    expect(await readOpened(writeExecutable(folder.path, 'open', text, 0o722), true)).toContain(
      'others than its owner',
    );
    expect(String(await readOpened(target, true))).toBe(text);
  });

  it('is not waited for where it is a pipe', async () => {
    const pipe = join(folder.path, 'pipe');
    execFileSync('mkfifo', ['-m', '700', pipe]);
    const waits = new AbortController();
    const deadline = sleep(30_000, 'it waits', { signal: waits.signal }).catch(() => 'in time');
    try {
      expect(await Promise.race([readProgram(registered(pipe, '0'.repeat(64))), deadline])).toBe(
        'it is not a regular file',
      );
    } finally {
      waits.abort();
      // A reader that does wait ends now.
      closeSync(openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK));
    }
  });

  it('is not read where it is larger than any script', async () => {
    const large = writeExecutable(folder.path, 'large', '');
    truncateSync(large, 64 * 1024 * 1024 + 1);
    expect(await readProgram(registered(large, createHash('sha256').digest('hex')))).toBe(
      'it is larger than 64 MiB',
    );
  });
});

import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** By what every process that a run started is recognised, also after `setsid` or as a child of init. */
export interface RunTag {
  /** In the environment as `SCRIPT_RUN`. */
  readonly id: string;
  /** A limit of the size of files that no other run has: it is inherited, whatever a child does with its environment. */
  readonly fileSizeLimit: number;
}

const KILL_WITHIN_MS = 30_000;

/** When a process started, as an opaque text; undefined when there is none of this number (or no /proc). */
export function birthOf(pid: number): string | undefined {
  try {
    const facts = factsIn(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return facts === null || facts.dead ? undefined : facts.birth;
  } catch {
    return undefined;
  }
}

/**
 * Kills what bears the tag, and whatever that started, until two looks in a row find nothing: a process between fork and
 * exec does not bear it yet. False when something outlived every try. Sees nothing where there is no /proc.
 */
export async function killTagged(tag: RunTag, { pauseMs }: { pauseMs: number }): Promise<boolean> {
  const until = performance.now() + KILL_WITHIN_MS;
  for (let clean = 0; clean < 2;) {
    const found = await taggedProcesses(tag);
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended meanwhile.
      }
    }
    clean = found.length === 0 ? clean + 1 : 0;
    if (performance.now() > until) return false;
    if (clean < 2) await sleep(found.length === 0 ? pauseMs : 10);
  }
  return true;
}

async function taggedProcesses(tag: RunTag): Promise<number[]> {
  const processes = await ownProcesses();
  const found = new Set<number>();
  for (const { pid } of processes) if (await bears(pid, tag)) found.add(pid);
  for (let grew = found.size > 0; grew;) {
    const before = found.size;
    for (const { pid, parent } of processes) if (found.has(parent)) found.add(pid);
    grew = found.size > before;
  }
  return [...found];
}

async function ownProcesses(): Promise<{ pid: number; parent: number }[]> {
  const names = await readdir('/proc').catch(() => []);
  const ours: { pid: number; parent: number }[] = [];
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      // Others are not ours to look into, and on a large machine they are the most.
      if ((await stat(`/proc/${name}`)).uid !== process.geteuid?.()) continue;
      const facts = factsIn(await readFile(`/proc/${name}/stat`, 'utf8'));
      if (facts !== null && !facts.dead) ours.push({ pid, parent: facts.parent });
    } catch {
      // It ended between the two looks.
    }
  }
  return ours;
}

async function bears(pid: number, { id, fileSizeLimit }: RunTag): Promise<boolean> {
  const [environment, limits] = await Promise.all(
    ['environ', 'limits'].map(async (name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
  );
  const [, , hard] = /^Max file size +(\S+) +(\S+)/m.exec(limits ?? '') ?? [];
  return hard === String(fileSizeLimit) || (environment ?? '').split('\0').includes(`SCRIPT_RUN=${id}`);
}

/** Of `/proc/<pid>/stat`; the name in it may hold anything. */
function factsIn(text: string): { parent: number; birth: string; dead: boolean } | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  const birth = fields[19];
  if (state === undefined || parent === undefined || birth === undefined) return null;
  return { parent: Number(parent), birth, dead: state === 'Z' || state === 'X' };
}

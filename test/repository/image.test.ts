import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const lines = readFileSync('Dockerfile', 'utf8').replaceAll('\\\n', ' ').split('\n');
const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
const finalStage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

describe('the image', () => {
  it('is built on an exact version of a long-term Node', () => {
    const bases = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);

    for (const base of bases) expect(base).toMatch(/^node:22\.\d+\.\d+-bookworm-slim$/);
    expect(new Set(bases).size).toBe(1);
  });

  it('does not run as root', () => {
    expect(finalStage.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
  });

  it('copies only what is in the repository and in the build context', () => {
    const sources = lines
      .filter((line) => /^COPY (?!--from)/.test(line))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));

    expect(sources.length).toBeGreaterThan(8);
    for (const source of sources) {
      expect([source, existsSync(source)]).toEqual([source, true]);
      expect(ignored).toContain(`!${source.split('/')[0]!}`);
    }
  });

  it('installs what the lock file says, and leaves the tools of development out', () => {
    expect(lines.some((line) => line.startsWith('RUN npm ci'))).toBe(true);
    expect(lines.some((line) => line.startsWith('RUN npm prune --omit=dev'))).toBe(true);
  });

  it('holds every program the compose file runs', () => {
    const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as {
      services: Record<string, { command?: string[] }>;
    };
    const programs = Object.values(compose.services)
      .flatMap(({ command = [] }) => command)
      .filter((word) => word.startsWith('dist/'));

    expect(programs).toHaveLength(4);
    for (const program of programs) {
      const source = program.replace(/^dist\//, '').replace(/\.js$/, '.ts');
      expect([source, existsSync(source)]).toEqual([source, true]);
    }
  });

  it('brings the workflows bundled, and says where they are', () => {
    expect(lines.join('\n')).toContain("writeWorkflowBundle('dist/workflow-bundle.js')");
    expect(finalStage.join('\n')).toContain('SCO_WORKFLOW_BUNDLE=/app/dist/workflow-bundle.js');
  });
});

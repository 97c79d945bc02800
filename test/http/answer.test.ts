import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { notAnAnswer, readBody, unproven } from '../../src/http/answer.js';
import { WRITE_RULES, type WriteName } from '../../src/http/write-rules.js';

const page = readFileSync(join(__dirname, '../fixtures/http/page.hibernating.html'), 'utf8');
const answer = (text: string, status = 200, contentType?: string) => ({
  status,
  text,
  headers: contentType === undefined ? {} : { 'content-type': contentType },
  cleaned: (part: string) => part,
});

describe('a body', () => {
  it.each([
    ['', 'empty'],
    [' \r\n', 'empty'],
    ['\uFEFF', 'empty'],
    ['{"a":1}', 'json'],
    ['\uFEFF [1]', 'json'],
    ['<?xml version="1.0"?><ticket/>', 'xml'],
    ['<result><code>X</code></result>', 'xml'],
    [page, 'other'],
    ['<!DOCTYPE html><p>', 'other'],
    ['<!-- proxy -->\n<HTML lang="en">', 'other'],
    ['<head><title>Login</title></head>', 'other'],
    ['<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN">\n<html/>', 'other'],
    ['<!-- made by a server --><result/>', 'xml'],
    ['<!-- never closed', 'other'],
    ['OK', 'other'],
    ['null', 'other'],
    ['"done"', 'other'],
    ['{"a":', 'other'],
    ['{"a":1} trailing', 'other'],
  ])('%j is %s by its content', (text, kind) => {
    expect(readBody(answer(text)).kind).toBe(kind);
  });

  it.each(['text/html', 'text/html; charset=utf-8', 'Application/XHTML+xml'])(
    'of type %s is a page for people, whatever is in it',
    (type) => {
      expect(readBody(answer('{"result":{}}', 200, type)).kind).toBe('other');
    },
  );

  it.each(['application/json', 'text/plain', 'application/octet-stream', 'application/xml'])(
    'of type %s is what its content says',
    (type) => {
      expect(readBody(answer('{"result":{}}', 200, type))).toEqual({ kind: 'json', json: { result: {} } });
    },
  );

  it('costs no more than its length, also where it begins with very many comments', () => {
    const before = process.cpuUsage();
    expect(readBody(answer(`${'<!---->'.repeat(28)}<result/>`)).kind).toBe('xml');
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(500);
  });

  it('stays empty when a page has no content', () => {
    expect(readBody(answer('', 200, 'text/html')).kind).toBe('empty');
  });
});

describe('a write', () => {
  const judge = (name: WriteName, text: string, status: number) => {
    const call = { system: 'securechange', operation: 'write', repeatable: WRITE_RULES[name].repeatable };
    return unproven(answer(text, status), WRITE_RULES[name], call, 'securechange.unproven')?.facts ?? null;
  };
  const names = Object.keys(WRITE_RULES) as WriteName[];

  it.each(names)('%s is done with each status and body that is written down for it', (name) => {
    const bodies = { empty: '', json: '{"ticket":{}}', xml: '<ticket/>', other: page };
    for (const status of WRITE_RULES[name].statuses)
      for (const kind of WRITE_RULES[name].bodies) expect(judge(name, bodies[kind], status)).toBeNull();
  });

  it.each(names)('%s is not done with a page, with plain text, or with another good status', (name) => {
    const [status = 0] = WRITE_RULES[name].statuses;
    const { repeatable } = WRITE_RULES[name];
    const kind = repeatable ? 'transient' : 'ambiguous';
    expect(judge(name, page, status)).toMatchObject({ kind, code: 'securechange.unproven', status });
    expect(judge(name, 'OK', status)).toMatchObject({ kind });
    expect(judge(name, '', 206)).toMatchObject({ kind, status: 206 });
  });

  it('of Update or Commit is never taken for accepted without 202', () => {
    for (const name of ['update', 'commit'] as const)
      expect(judge(name, '', 200)).toMatchObject({ kind: 'ambiguous' });
  });

  it('to the ITSM needs the record: an empty answer proves nothing', () => {
    for (const name of ['itsmCreate', 'itsmUpdate'] as const)
      expect(judge(name, '', 200)).toMatchObject({ kind: 'ambiguous' });
  });

  it('never repeats the body of the answer', () => {
    expect(JSON.stringify(judge('commit', page, 202))).not.toContain('hibernating');
    const call = { system: 's', operation: 'read', repeatable: true };
    expect(notAnAnswer(answer(page), call, 'securechange.not_json').message).not.toContain('hibernating');
  });
});

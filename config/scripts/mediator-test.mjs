#!/usr/bin/env node
// The vendor's sample script, for a workflow "Mediator Test": when a ticket advances, the field "Approve Access Request"
// of the step it entered gets a reason that reads newval<time>. No dependencies.
//
// stdin: the ticket_info XML. Environment: SCW_EVENT, SECURECHANGE_URL (https://host, or the whole API address) and
// SECURECHANGE_CREDENTIAL_FILE (a file that holds user:password). Exit 0: done, or nothing to do; 1: it failed.
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const { fetch, AbortSignal } = globalThis;

const FIELD = 'Approve Access Request';
const CALL_MS = 30_000;
/** The event is sent before the ticket has reached its new step. */
const CATCH_UP_MS = 10_000;

/** SecureChange sends a list of one as the entry itself, and an empty one as "". */
function list(value) {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value : [value];
}

function textOf(xml, name) {
  const [, text] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? [];
  return text?.replace(
    /&(lt|gt|quot|apos|amp);/g,
    (_all, entity) => ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[entity],
  );
}

/** Id of the ticket and name of the step it left. */
function readEvent(xml) {
  const before = xml.split(/<(?:current_stage|open_request_stage|completion_data)[ />]/, 1)[0];
  const [, stage = ''] = /<current_stage>(.*?)<\/current_stage>/s.exec(xml) ?? [];
  return { ticketId: textOf(before, 'id'), leftStep: textOf(stage.split('<ticket_task>', 1)[0], 'name') };
}

function secureChange() {
  const address = process.env.SECURECHANGE_URL?.replace(/\/+$/, '');
  const file = process.env.SECURECHANGE_CREDENTIAL_FILE;
  if (!address || !file) {
    throw new Error(
      'SECURECHANGE_URL and SECURECHANGE_CREDENTIAL_FILE must be declared for this script in scripts.yaml.',
    );
  }
  const api = '/securechangeworkflow/api/securechange';
  const base = address.endsWith(api) ? address : `${address}${api}`;
  const authorization = `Basic ${Buffer.from(readFileSync(file, 'utf8').trim()).toString('base64')}`;
  return async function call(method, path, body) {
    const response = await fetch(`${base}${path}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(CALL_MS),
      headers: {
        authorization,
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`SecureChange: ${method} ${path}: HTTP ${response.status} ${text.slice(0, 500)}`);
    return text;
  };
}

/** The ticket's current step and the one before it. */
function place(ticket) {
  const steps = list(ticket.steps?.step);
  const current = ticket.current_step?.id;
  const index = steps.findIndex((step) => String(step.id) === String(current));
  return { step: steps[index], before: steps[index - 1] };
}

async function entered(call, ticketId, leftStep) {
  const until = Date.now() + CATCH_UP_MS;
  for (;;) {
    const { ticket } = JSON.parse(await call('GET', `/tickets/${ticketId}.json`));
    const { step, before } = place(ticket);
    if (step && (leftStep === undefined || before?.name === leftStep)) return step;
    // Still in the step it is said to have left: worth waiting. Anywhere else: it went on.
    if ((step && step.name !== leftStep) || Date.now() > until) return undefined;
    await sleep(500);
  }
}

async function main() {
  if (process.env.SCW_EVENT !== 'ADVANCE') return;
  const { ticketId, leftStep } = readEvent(readFileSync(0, 'utf8'));
  if (ticketId === undefined) {
    console.log('no ticket: nothing to do');
    return;
  }
  const call = secureChange();
  const step = await entered(call, encodeURIComponent(ticketId), leftStep);
  if (step === undefined) {
    console.log('Ticket is no longer at the expected step; nothing was written');
    return;
  }
  let written = 0;
  for (const task of list(step.tasks?.task).filter((task) => task.status !== 'DONE')) {
    const field = list(task.fields?.field).find((candidate) => candidate.name === FIELD);
    if (field === undefined) continue;
    const { id, name, approved } = field;
    const sent = {
      '@xsi.type': field['@xsi.type'] ?? 'approve_reject',
      id,
      name,
      ...(typeof approved === 'boolean' && { approved }),
      reason: `newval${new Date().toISOString()}`,
    };
    const path = `/tickets/${encodeURIComponent(ticketId)}/steps/${step.id}/tasks/${task.id}/fields/`;
    console.log(await call('PUT', path, { fields: { field: [sent] } }));
    written += 1;
  }
  console.log(written === 0 ? 'no field match' : 'Successfully updated field');
}

try {
  await main();
} catch (error) {
  console.error(
    error instanceof Error
      ? `${error.message}${error.cause ? ` (${error.cause.code ?? error.cause})` : ''}`
      : error,
  );
  process.exitCode = 1;
}

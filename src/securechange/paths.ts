import type { FieldRef, TaskRef } from './secure-change.js';

export const API = '/securechangeworkflow/api/securechange';
/** The most tickets a page may hold; more is refused. */
export const TICKETS_PER_PAGE = 100;

export function ticketPath(ticketId: string): string {
  return `${API}/tickets/${encodeURIComponent(ticketId)}`;
}

export function taskPath({ ticketId, stepId, taskId }: TaskRef): string {
  return `${ticketPath(ticketId)}/steps/${encodeURIComponent(stepId)}/tasks/${encodeURIComponent(taskId)}`;
}

export function fieldPath(ref: FieldRef): string {
  return `${taskPath(ref)}/fields/${encodeURIComponent(ref.fieldId)}`;
}

export function devicePath(ref: FieldRef, managementId: string): string {
  return `${fieldPath(ref)}/designer/device/${encodeURIComponent(managementId)}`;
}

/** The start of the page that `next` leads to; never backwards, so that a confused server cannot hold us in a loop. */
export function nextStart(href: string | null, start: number): number | null {
  if (href === null) return null;
  const given = new URLSearchParams(href.slice(href.indexOf('?') + 1)).get('start');
  const next = given !== null && /^\d{1,9}$/.test(given) ? Number(given) : start + TICKETS_PER_PAGE;
  return next > start ? next : null;
}

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

/** Pages of open tickets that are read in one go; a SecureChange with more says so. */
export const MOST_TICKET_PAGES = 100;

/**
 * The start of the page that `next` leads to; never backwards, so that a confused server cannot hold us in a loop: then
 * the list is `cut`.
 */
export function nextPage(href: string | null, start: number): { next: number | null; cut: boolean } {
  if (href === null) return { next: null, cut: false };
  const given = new URLSearchParams(href.slice(href.indexOf('?') + 1)).get('start');
  const next = given !== null && /^\d{1,9}$/.test(given) ? Number(given) : start + TICKETS_PER_PAGE;
  return next > start ? { next, cut: false } : { next: null, cut: true };
}

import type { Request } from 'express';
import { ApiError, badRequest, notFound } from './api-error.js';
import type { Call } from './calls.js';
import { canonicalBody } from './canonical.js';
import { asNumber, type JsonObject } from './json.js';
import type { Fault } from './model.js';
import type { Permission, ScenarioUser } from './scenario.js';
import type { Simulation } from './tickets.js';
import { readJson, type ListForm } from './wire-json.js';
import { readXml } from './wire-xml.js';

/** What a handler answers. `tree` is written as XML or JSON as asked; `lists` is the documented form of its lists. */
export interface Reply {
  status: number;
  tree?: JsonObject;
  /** The JSON form where it is not the XML one. */
  jsonTree?: JsonObject;
  text?: { type: string; body: string | Buffer };
  location?: string;
  headers?: Record<string, string>;
  lists?: ListForm;
  jsonOnly?: boolean;
}

/** One request being answered. */
export interface Exchange {
  simulation: Simulation;
  request: Request;
  call: Call;
  user: ScenarioUser;
  path: string;
  /** Scheme and host links start with. */
  base: string;
  /** Fault that decides the outcome of an Update or Commit. */
  outcomeFault: Fault | undefined;
  /** To be called inside the change that makes the effect, so that both reach the disk together. */
  applied: (ticketId?: number) => void;
}

export type Handler = (exchange: Exchange) => Reply | Promise<Reply>;
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** A path parameter as text. */
export function parameter(exchange: Exchange, name: string): string {
  const value = exchange.request.params[name];
  return Array.isArray(value) ? value.join('/') : (value ?? '');
}

/** A path parameter as a whole number. Throws 404 for anything else, as no such thing can exist. */
export function numberParameter(exchange: Exchange, name: string): number {
  const value = asNumber(parameter(exchange, name));
  if (value === undefined) throw notFound();
  return value;
}

/** A query parameter as text, or undefined when absent or empty. */
export function query(exchange: Exchange, name: string): string | undefined {
  const value = exchange.request.query[name];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' && first !== '' ? first : undefined;
}

/** The request body as a tree in the stored form; an empty body is an empty tree. */
export function bodyOf(exchange: Exchange): JsonObject {
  const text = rawText(exchange.request);
  if (text.trim() === '') return {};
  const isXml = exchange.request.is(['xml', '+xml']) !== false || /^\s*</.test(text);
  return canonicalBody(isXml ? readXml(text) : readJson(text));
}

/** The request body as text. */
export function rawText(request: Request): string {
  return Buffer.isBuffer(request.body) ? request.body.toString('utf8') : '';
}

/** Throws 403 unless the caller holds a permission. */
export function need(exchange: Exchange, permission: Permission): void {
  if (!holds(exchange.user, permission)) {
    throw new ApiError(
      403,
      'WEB_APPLICATION_ERROR',
      `User ${exchange.user.login} lacks the permission ${permission}`,
    );
  }
}

/** True when a user holds a permission. */
export function holds(user: ScenarioUser, permission: Permission): boolean {
  return user.permissions.includes('all') || user.permissions.includes(permission);
}

/** A query parameter as a whole number of 0 or more, or undefined when absent. Throws 400 for anything else. */
export function countParameter(exchange: Exchange, name: string): number | undefined {
  const given = query(exchange, name);
  if (given === undefined) return undefined;
  const value = asNumber(given);
  if (value === undefined || value < 0) throw badRequest(`Parameter ${name} must be a number of 0 or more`);
  return value;
}

/** Reads `start` and `count`; more than 100 at a time is refused as documented. */
export function paging(exchange: Exchange): { start: number; count: number } {
  const start = countParameter(exchange, 'start') ?? 0;
  const count = countParameter(exchange, 'count') ?? 100;
  if (count > 100) throw badRequest('Can not fetch more than 100 tickets in 1 time');
  return { start, count: Math.max(1, count) };
}

import type { Http } from './http.js';

/** The same side for reading alone: there is no way to send it anything but a GET, and every write is refused unsent. */
export function readOnly({ name, read, close }: Pick<Http, 'name' | 'read' | 'close'>): Http {
  return {
    name,
    read: (request) => read(request),
    close: () => close(),
    write: (what) => Promise.reject(new Error(`${name}: ${what} was not sent: this command only reads`)),
  };
}

/** The call took longer than it was given; whether it still happens is not known. */
export class TooLate extends Error {
  constructor() {
    super('The call took longer than it was given.');
    this.name = 'TooLate';
  }
}

/** Answers in time even when the other side does not keep the deadline it was handed. */
export async function orTooLate<T>(deadlineMs: number, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TooLate()), deadlineMs).unref();
  });
  // A failure after the deadline is ignored.
  call.catch(() => undefined);
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

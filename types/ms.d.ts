// The SDK's `Duration` comes from `ms`, whose published types are not reachable; without this it would be `any`.
declare module 'ms' {
  type Unit =
    | 'd'
    | 'days'
    | 'day'
    | 'h'
    | 'hours'
    | 'hour'
    | 'm'
    | 'minutes'
    | 'minute'
    | 's'
    | 'seconds'
    | 'second'
    | 'ms';
  export type StringValue = `${number}` | `${number}${Unit}` | `${number} ${Unit}`;
}

/** How the records of a REST system are found, created, read and changed: what makes an ITSM known without code. */

/** `#correlation_id#`, `#itsm_id#` and `#itsm_number#` stand in paths, encoded. */
export interface RecordCall {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** Statuses of an answer that accepts the call. */
  readonly accept: readonly number[];
  /** What the record shows once the call was done, by JSON Pointer; null: what the message wrote. */
  readonly shows: Readonly<Record<string, string>> | null;
}

/** JSON Pointers of RFC 6901 into a record. */
export interface RecordRules {
  readonly id: string;
  /** For people. */
  readonly number: string;
  /** Where our correlation id stands; with `/-` at its end, as an item of that list. */
  readonly correlation: string;
  readonly find: {
    readonly path: string;
    /** Pointer to the list of records in the answer. */
    readonly records: string;
  };
  /** Lists the records that are not closed, for `sco itsm reconcile`; null: there is no such list. */
  readonly open: { readonly path: string; readonly records: string } | null;
  readonly read: {
    readonly path: string;
    /** Pointer to the record in the answer, and in that of a create. */
    readonly record: string;
  };
  readonly create: RecordCall;
  readonly update: RecordCall;
  /** null: as `update`. */
  readonly close: RecordCall | null;
  /** How a text is added that nothing takes away; null: messages have none. */
  readonly note: {
    /** The member of a message that is such a text. */
    readonly member: string;
    readonly call: Pick<RecordCall, 'method' | 'path' | 'accept'>;
    /** Pointer to the text in the body of that call. */
    readonly text: string;
    /** Where the notes are read: any text in the answer that ends with our mark counts. */
    readonly list: string;
  } | null;
}

/** Values as they are stored, blank ones as ''. */
export type ScheduleRow = Readonly<Record<string, string>>;

/** A schedule of ServiceNow, read whole. */
export interface ServiceNowSchedule {
  readonly schedule: ScheduleRow;
  readonly entries: readonly ScheduleRow[];
  /** Schedules that it includes or excludes: `cmn_other_schedule`. */
  readonly others: number;
}

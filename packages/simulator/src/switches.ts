import { z } from 'zod';

/**
 * Everything the vendor does not document, one switch each; the description says what is unknown and the default is
 * what the simulator assumes. Numbers in descriptions are those of the list of unknowns the defaults were chosen from.
 */
export const switchesSchema = z.strictObject({
  forms: z
    .enum(['recorded', 'documented'])
    .default('recorded')
    .describe(
      'what the switches at asForms mean: as most recorded answers are (tests of Tufin SDKs), or as documented',
    ),
  jsonLists: z
    .enum(['asForms', 'recorded', 'documented', 'objects', 'arrays'])
    .default('asForms')
    .describe('one-entry lists: as recorded or documented per list, always an object, always an array'),
  emptyObjects: z
    .enum(['asLists', 'text', 'kept'])
    .default('asLists')
    .describe(
      'a wrapper without an entry: "", or {"comment": []}; asLists: kept only where lists are arrays',
    ),
  ticketDates: z
    .enum(['asForms', 'shown', 'absent'])
    .default('asForms')
    .describe('create_date, update_date and close_date of a ticket (recorded: absent)'),
  taskNames: z
    .enum(['asForms', 'shown', 'absent'])
    .default('asForms')
    .describe('name of a task in a ticket (recorded: absent)'),
  closedStep: z
    .enum(['text', 'object', 'absent'])
    .default('text')
    .describe('current_step of a ticket that is in none: "", {}, or no member'),
  usersNotFound: z
    .enum(['emptyList', 'emptyBody'])
    .default('emptyList')
    .describe('a user search without a hit: an empty list, or 200 without a body'),
  hostZoneOffsetMinutes: z.int().min(-720).max(840).default(60).describe('offset printed in every date (12)'),
  clockOffsetMs: z
    .int()
    .min(-86_400_000)
    .max(86_400_000)
    .default(0)
    .describe('how far the Date of every answer is ahead of the clock of this machine'),
  dateHeader: z
    .enum(['sent', 'absent'])
    .default('sent')
    .describe('whether answers have a Date, as behind a proxy that removes it'),
  redoStepIds: z
    .enum(['keep', 'renew'])
    .default('keep')
    .describe('a redo reopens the old step and task ids, or makes new ones (11)'),
  redoApprovals: z
    .enum(['clear', 'keep'])
    .default('clear')
    .describe('approve/reject values of a step reached again'),
  redoStage: z
    .enum(['left', 'target'])
    .default('left')
    .describe('which step current_stage names on REDO (5)'),
  redesignAfterRedo: z
    .enum(['run', 'notNeeded'])
    .default('run')
    .describe('redesign of an unchanged request after a redo'),
  redesignSeesSavedChanges: z
    .boolean()
    .default(false)
    .describe('a redesign after an Update finds the saved change and says fully implemented'),
  skippedSteps: z
    .enum(['listed', 'omitted'])
    .default('listed')
    .describe('whether skipped steps are listed (11)'),
  approveRejectFalse: z
    .enum(['rejectTicket', 'advance'])
    .default('rejectTicket')
    .describe('a task put DONE with approved=false'),
  writeUnassignedTasks: z
    .enum(['refuse', 'allow'])
    .default('refuse')
    .describe('writes to a task without a holder'),
  writeOthersTasks: z
    .enum(['onBehalf', 'refuse', 'allow'])
    .default('onBehalf')
    .describe('writes to a task that another user holds; onBehalf: with that permission'),
  writeWhilePending: z
    .enum(['refuse', 'allow'])
    .default('refuse')
    .describe('writes while a task is PENDING (1)'),
  pendingStatus: z.int().min(400).max(599).default(400).describe('HTTP status of that refusal (1)'),
  secondUpdate: z
    .enum(['refuse', 'queue'])
    .default('refuse')
    .describe('a second standard Update while one runs, also of another ticket (1, 4)'),
  secondUpdateStatus: z.int().min(400).max(599).default(400).describe('HTTP status of that refusal (1)'),
  updateOnNewRevision: z
    .enum(['fail', 'refuse', 'allow'])
    .default('fail')
    .describe('Update without force after another administrator changed the device'),
  ownUpdatesMakeDesignsStale: z
    .boolean()
    .default(true)
    .describe("an Update sets new_revision_arrived in other tickets' designs"),
  verifierRevision: z
    .enum(['newest', 'designed'])
    .default('newest')
    .describe('the revision the verifier looks at: the newest, or still the one of the design'),
  commitOnAncestor: z
    .enum(['refuse', 'allow'])
    .default('refuse')
    .describe('Commit addressed to the manager above'),
  commitOfNothing: z
    .enum(['warns', 'installsAgain', 'refuses'])
    .default('warns')
    .describe('a Commit with nothing saved: success with a warning, a plain success, or a failure'),
  commitCarries: z
    .enum(['everything', 'ownAccount'])
    .default('everything')
    .describe('a Commit makes live every saved change, or only those saved through SecureChange'),
  commitInherits: z
    .boolean()
    .default(true)
    .describe('a Commit also makes live what is saved on the levels above (Shared, parent groups)'),
  offlineFirewall: z
    .enum(['failsCommit', 'warns'])
    .default('failsCommit')
    .describe('a Commit while one of several firewalls is offline'),
  candidateEdits: z
    .enum(['visible', 'invisible'])
    .default('visible')
    .describe('whether a change that another administrator saved shows as a new revision'),
  commitWithoutUpdate: z
    .enum(['allow', 'refuse'])
    .default('allow')
    .describe('Commit of a device this ticket did not update'),
  secondUpdateScope: z
    .enum(['server', 'ticket'])
    .default('server')
    .describe('whether Updates of other tickets count as well (4)'),
  pendingReasons: z
    .strictObject({
      designer: z.string().default('DESIGNER'),
      push: z.string().default('PROVISIONING'),
      automatic: z.string().default('AUTOMATIC_STEP'),
      redo: z.string().default('REVERTING'),
    })
    .prefault({})
    .describe('pending_reason values (2)'),
  pushFailedText: z.string().default('Device update failed').describe('push_status of a failed Update (2)'),
  commitResultTexts: z
    .strictObject({
      success: z.string().default('COMMIT_SUCCESS'),
      failure: z.string().default('COMMIT_FAILURE'),
    })
    .prefault({})
    .describe('commit_results.status (2)'),
  commitReportTexts: z
    .strictObject({
      success: z.string().default('SUCCESS'),
      warnings: z.string().default('SUCCESS_WITH_WARNINGS'),
      failure: z.string().default('FAILURE'),
    })
    .prefault({})
    .describe('statuses inside a commit report (2)'),
  windowCommitShowsInTicket: z
    .boolean()
    .default(false)
    .describe("a change window's commit sets designer_result.status and history (3)"),
  windowDuringUpdate: z
    .enum(['commit', 'skip'])
    .default('commit')
    .describe('a window run while an Update runs (8)'),
  advanceOnCreate: z
    .boolean()
    .default(false)
    .describe('an ADVANCE follows CREATE when the first step is left'),
  advanceVisibleDelayMs: z
    .int()
    .min(0)
    .default(0)
    .describe('CREATE and ADVANCE scripts start this long before the ticket shows the new step'),
  triggerRetryMs: z
    .array(z.int().min(0))
    .min(1)
    .default([1000, 2000, 4000, 8000])
    .describe('waits between tries of a script; the last repeats (6)'),
  triggerAttempts: z.int().min(1).max(20).default(5).describe('tries of a script'),
  scriptTimeoutMs: z.int().min(10).default(60_000).describe('a longer script is a failed try (6)'),
  triggerOverlap: z
    .enum(['overlap', 'serial'])
    .default('overlap')
    .describe('scripts of several events of one ticket at once, or one after the other (6)'),
  ticketInfoDates: z.enum(['ms', 's']).default('ms').describe('unit of createDate and updateDate (5)'),
  completionEvents: z
    .array(z.string())
    .default(['CLOSE', 'RESOLVE', 'REJECT', 'CANCEL'])
    .describe('events whose XML names the step in completion_data (5)'),
  commentInTicketInfo: z.boolean().default(true).describe('whether comment is filled (5)'),
  scriptFolder: z.string().default('').describe('only scripts below it may be registered; empty: any path'),
  lifecycleEventDelayMs: z.int().min(0).default(0).describe('how late an event shows in the feed (7)'),
  maxConcurrentCalls: z
    .int()
    .min(0)
    .default(0)
    .describe('SecureChange calls at once, else 500; 0: no limit (10)'),
  maxLifecycleCalls: z.int().min(1).default(5).describe('calls of the feed at once, else 500'),
  unknownFieldsOnCreate: z
    .enum(['accept', 'refuse'])
    .default('accept')
    .describe('fields the first step lacks'),
  notFoundAsXml: z.boolean().default(false).describe('404 of a ticket comes as XML though JSON was asked'),
  locationHost: z.string().default('').describe('scheme and host in links; empty: as called'),
  itsmCreateThenReset: z
    .boolean()
    .default(false)
    .describe('every ITSM create takes effect, then the connection breaks'),
});

export type Switches = z.infer<typeof switchesSchema>;

/** The switches of the wire with `asForms` resolved. */
export interface WireForms {
  readonly lists: 'recorded' | 'documented' | 'objects' | 'arrays';
  readonly ticketDates: boolean;
  readonly taskNames: boolean;
}

export function wireForms({ forms, jsonLists, ticketDates, taskNames }: Switches): WireForms {
  const shown = (value: 'asForms' | 'shown' | 'absent'): boolean =>
    value === 'asForms' ? forms === 'documented' : value === 'shown';
  return {
    lists: jsonLists === 'asForms' ? forms : jsonLists,
    ticketDates: shown(ticketDates),
    taskNames: shown(taskNames),
  };
}

export const switchesPatchSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(switchesSchema.shape).map(([name, schema]) => [name, schema.unwrap().optional()]),
  ),
);

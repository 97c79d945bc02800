import type {
  Device,
  Fault,
  HistoryEntry,
  ItsmRecord,
  LifecycleEvent,
  Operation,
  ScriptRun,
  Suggestion,
  Ticket,
  TriggerRecord,
  WindowRecord,
  WriteRecord,
} from './model.js';
import type { Scenario, ScenarioUser, ScenarioWorkflow, Timings } from './scenario.js';
import { Collection, type Store } from './store.js';
import type { Switches } from './switches.js';

/** How the trigger runner is asked to lose events: a fraction of the runs, chosen by a seed. */
export interface DropSetting {
  fraction: number;
  seed: number;
  seen: number;
}

/** All the simulator's state with its clock: what every other file works on. */
export class Site {
  readonly store: Store;
  readonly scenario: Scenario;
  readonly log: (line: string) => void;
  readonly tickets: Collection<Ticket>;
  readonly history: Collection<HistoryEntry>;
  readonly lifecycle: Collection<LifecycleEvent>;
  readonly suggestions: Collection<Suggestion>;
  readonly devices: Collection<Device>;
  readonly windows: Collection<WindowRecord>;
  readonly operations: Collection<Operation>;
  readonly triggers: Collection<TriggerRecord>;
  readonly scriptRuns: Collection<ScriptRun>;
  readonly writes: Collection<WriteRecord>;
  readonly faults: Collection<Fault>;
  readonly itsm: Collection<ItsmRecord>;
  readonly users: Collection<ScenarioUser>;
  readonly attachments: Collection<{ name: string; content: string }>;
  /** Set once, so that links can name the address the simulator answers on. */
  ownUrl = '';
  private readonly counters: Collection<number>;
  private readonly settings: Collection<unknown>;
  private readonly historyByTicket = new Map<number, HistoryEntry[]>();

  constructor(store: Store, scenario: Scenario, log: (line: string) => void) {
    this.store = store;
    this.scenario = scenario;
    this.log = log;
    this.tickets = new Collection(store, 'tickets');
    this.history = new Collection(store, 'history');
    this.lifecycle = new Collection(store, 'lifecycle');
    this.suggestions = new Collection(store, 'suggestions');
    this.devices = new Collection(store, 'devices');
    this.windows = new Collection(store, 'windows');
    this.operations = new Collection(store, 'operations');
    this.triggers = new Collection(store, 'triggers');
    this.scriptRuns = new Collection(store, 'scriptRuns');
    this.writes = new Collection(store, 'writes');
    this.faults = new Collection(store, 'faults');
    this.itsm = new Collection(store, 'itsm');
    this.users = new Collection(store, 'users');
    this.attachments = new Collection(store, 'attachments');
    this.counters = new Collection(store, 'counters');
    this.settings = new Collection(store, 'settings');
    for (const entry of this.history.all()) this.index(entry);
    this.seed();
  }

  /** Puts the scenario's records where the journal has none; what the journal knows wins. */
  private seed(): void {
    this.store.change(() => {
      for (const user of this.scenario.users) if (!this.users.get(user.id)) this.users.put(user.id, user);
      for (const device of this.scenario.devices) {
        if (!this.devices.get(device.id)) this.devices.put(device.id, freshDevice(device));
      }
      for (const window of this.scenario.changeWindows) {
        if (!this.windows.get(window.uuid)) this.windows.put(window.uuid, window);
      }
      if (this.settings.get('seeded') !== undefined) return;
      this.settings.put('seeded', true);
      for (const trigger of this.scenario.triggers) {
        const id = this.nextId('trigger', 1);
        const groups = trigger.groups.map((group) => ({
          ...group,
          workflowId: this.workflow(group.workflow)?.id ?? null,
        }));
        this.triggers.put(id, {
          id,
          name: trigger.name,
          path: trigger.path,
          arguments: trigger.arguments,
          groups,
        });
      }
    });
  }

  now(): number {
    return Date.now();
  }

  /** The next number of a sequence that starts at `first`. Only inside a change. */
  nextId(sequence: string, first = 1): number {
    const id = this.counters.get(sequence) ?? first;
    this.counters.put(sequence, id + 1);
    return id;
  }

  get switches(): Switches {
    return { ...this.scenario.switches, ...(this.settings.get('switches') as Partial<Switches> | undefined) };
  }

  patchSwitches(patch: Partial<Switches>): Switches {
    const known = this.settings.get('switches') as Partial<Switches> | undefined;
    this.store.change(() => this.settings.put('switches', { ...known, ...patch }));
    return this.switches;
  }

  get timings(): Timings {
    return { ...this.scenario.timings, ...(this.settings.get('timings') as Partial<Timings> | undefined) };
  }

  patchTimings(patch: Partial<Timings>): Timings {
    const known = this.settings.get('timings') as Partial<Timings> | undefined;
    this.store.change(() => this.settings.put('timings', { ...known, ...patch }));
    return this.timings;
  }

  get drop(): DropSetting | undefined {
    return this.settings.get('drop') as DropSetting | undefined;
  }

  setDrop(drop: DropSetting): void {
    this.store.change(() => this.settings.put('drop', drop));
  }

  /** Devices left out of target suggestions. */
  get excludedDevices(): number[] {
    return (this.settings.get('excludedDevices') as number[] | undefined) ?? [];
  }

  set excludedDevices(ids: number[]) {
    this.settings.put('excludedDevices', ids);
  }

  workflow(name: string): ScenarioWorkflow | undefined {
    return this.scenario.workflows.find((workflow) => workflow.name === name);
  }

  user(login: string): ScenarioUser | undefined {
    return this.users.all().find((user) => user.login === login);
  }

  addHistory(entry: HistoryEntry): void {
    this.history.put(`${String(entry.ticketId)}/${String(entry.seq)}`, entry);
    this.index(entry);
  }

  /** A ticket's history, oldest first. */
  historyOf(ticketId: number): HistoryEntry[] {
    return this.historyByTicket.get(ticketId) ?? [];
  }

  private index(entry: HistoryEntry): void {
    const list = this.historyByTicket.get(entry.ticketId);
    if (list) list.push(entry);
    else this.historyByTicket.set(entry.ticketId, [entry]);
  }

  suggestionsOf(ticketId: number): Suggestion[] {
    return this.suggestions.all().filter((suggestion) => suggestion.ticketId === ticketId);
  }
}

function freshDevice(device: Scenario['devices'][number]): Device {
  const revisions =
    device.latest_revision === undefined
      ? []
      : [
          {
            id: device.latest_revision,
            number: device.latest_revision,
            atMs: Date.now(),
            admin: '-',
            action: 'automatic',
            tickets: [],
          },
        ];
  return { ...device, revisions, saved: [], enforced: [], lockedBy: null, lockedUntilMs: null };
}

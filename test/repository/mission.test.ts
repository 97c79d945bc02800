import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A test by its file and a part of its name; an expectation of a scenario of the demo, which a test plays. */
type Proof = readonly [file: string, name: string];

interface Asked {
  /** What a text asks for, in its words and short. */
  readonly says: string;
  /** The tests that prove it; what is not ours to do has a reason instead. */
  readonly by: readonly Proof[] | { readonly notOurs: string };
}

const notOurs = (reason: string): Asked['by'] => ({ notOurs: reason });

/** Sentence by sentence, in the order of each text. */
const TEXTS: Readonly<Record<string, readonly Asked[]>> = {
  'automated-change-provisioning.txt': [
    {
      says: 'Automate the provisioning of approved security policy changes',
      by: [
        ['test/end-to-end/demo-scenarios.test.ts', 'so that every expectation holds'],
        ['test/activities/gate.test.ts', 'is open for what was approved'],
      ],
    },
    {
      says: 'implementation-ready policy changes that Designer generates',
      by: [
        ['test/phases/gate.test.ts', 'another request is not pushed with the design of the old one'],
        ['test/phases/done-by-others.test.ts', 'is waited for, never started, and then judged'],
      ],
    },
    {
      says: 'pushed to the relevant devices without unnecessary delay',
      by: [
        ['test/phases/lane-wakes.test.ts', 'starts its push when the rest ends while it signals its tickets'],
      ],
    },
    {
      says: 'Align deployment with approved change windows',
      by: [['test/phases/windows.test.ts', 'direct firewalls touched inside it']],
    },
    {
      says: 'monitoring provisioning compliance with change windows',
      by: [['test/phases/windows.test.ts', 'is in the report of the lane']],
    },
    {
      says: 'reviewing audit logs for governance',
      by: [['test/audit/recorded.test.ts', 'names every push with its device and its end']],
    },
    {
      says: 'provisioning of decommissioning, rule and group changes (prerequisites)',
      by: [['test/domain/capabilities.test.ts', 'cell by cell of what the vendor pages say']],
    },
    {
      says: 'automated path discovery and target selection (prerequisite)',
      by: notOurs('SecureChange selects the targets; the orchestrator reads them and parks where it failed'),
    },
    {
      says: 'assess risk before access changes are approved',
      by: [['test/phases/approval.test.ts', 'that the policy blocks parks and cannot be skipped']],
    },
    {
      says: 'confirm that the relevant vendor and platform support Update and Commit',
      by: [
        ['test/cli/doctor-devices.test.ts', 'each have a row that says what would be done'],
        ['test/domain/capabilities.test.ts', 'is said in one clause'],
      ],
    },
    {
      says: 'directly managed: Update enforces immediately, no separate Commit',
      by: [['test/phases/windows.test.ts', 'needs no Commit of what enforces at its Update']],
    },
    {
      says: 'management devices: Update saves, not enforced until Commit',
      by: [['test/phases/windows.test.ts', 'managers are saved before it']],
    },
    {
      says: 'Commit is available only on supported management devices',
      by: [['test/domain/capabilities.test.ts', 'asks a person for an action without a row']],
    },
    {
      says: "change windows are configured in SecureTrack and commit by SecureTrack's schedule",
      by: [
        ['test/securechange/change-windows.test.ts', 'say which of their runs committed a device since then'],
      ],
    },
    {
      says: 'full audit trail: who triggered the push, the result, and time of execution',
      by: [
        ['test/phases/done-by-others.test.ts', 'whoever did it is recorded'],
        ['test/audit/recorded.test.ts', 'every command with its person'],
      ],
    },
    {
      says: 'pushed either automatically or manually, based on the step mode',
      by: [
        ['test/phases/completing-pushes.test.ts', 'waits for the window, and says until when'],
        ['test/phases/done-by-others.test.ts', 'an automatic step that updates'],
      ],
    },
    {
      says: 'retains target selection and device access control configured during design',
      by: [['test/phases/push-rights.test.ts', 'is not pushed where a person without the role approved']],
    },
  ],
  'itsm-led-change-process.txt': [
    {
      says: 'the external ITSM initiates, controls, and synchronizes',
      by: [
        ['test/gateway/itsm.test.ts', 'checklist point 10: an ITSM'],
        ['test/phases/itsm-leads.test.ts', 'is asked for with a message, and lets the change go live'],
      ],
    },
    {
      says: 'synchronize workflow lifecycle events with external ITSM platforms',
      by: [['test/phases/outbox.test.ts', 'go out in the order they fired']],
    },
    {
      says: 'configuring endpoints, credentials, and testing communication',
      by: [['test/integrations/test-server.test.ts', 'checklist point 5: the test of a server']],
    },
    {
      says: 'add the required risk analysis scripts',
      by: [['test/temporal/script-question.test.ts', 'a question is answered by its own workflow']],
    },
    {
      says: 'user with the permission to create and handle tickets on behalf of another user',
      by: [['test/activities/open-ticket.test.ts', 'checklist point 10: a ticket of an ITSM']],
    },
    {
      says: 'SMTP alerts for trigger executions, failures, or status changes',
      by: [
        ['test/integrations/shipped-mail-and-chat.test.ts', 'reaches its recipients'],
        ['test/phases/report-attention.test.ts', 'is reported by mail'],
      ],
    },
    {
      says: 'a default outbound server and additional outbound servers',
      by: [['test/integrations/several-servers.test.ts', 'go to the server that their point names']],
    },
    {
      says: 'step-level integration points: inbound, outbound, step trigger',
      by: [['test/phases/point-triggers.test.ts', 'of a transition are due in order']],
    },
    {
      says: 'workflow-level triggers tied to lifecycle states',
      by: [['test/phases/point-triggers.test.ts', 'a point of the step takes the place of a general one']],
    },
    {
      says: 'placeholders are replaced with actual ticket data',
      by: [['test/placeholders/placeholders.test.ts', 'checklist point 7: names']],
    },
    {
      says: 'additional logic at defined workflow events by mediator scripts and a trigger service',
      by: [['test/mediator/mediator-and-gateway.test.ts', 'deliver an event with its arguments']],
    },
    {
      says: 'prepare Rocky Linux; install Python, pip, pipx, Poetry; a FastAPI, Flask or Node.js server',
      by: notOurs(
        'the gateway is the web server; only Node is needed, and docs/connect.md says how it is installed',
      ),
    },
    {
      says: 'the mediator of the example sends the XML encoded, and passes output and exit code on',
      by: [
        ['test/mediator/mediator-and-gateway.test.ts', 'the vendor’s example mediator'],
        ['test/mediator/mediator-and-gateway.test.ts', 'end as the script did whose result they wait for'],
      ],
    },
    {
      says: 'push the mediator to the SecureChange pod',
      by: [['test/cli/mediator-install.test.ts', 'checklist point 20: sco mediator install']],
    },
    {
      says: 'a service with PATH, PYTHONPATH and KUBECONFIG, started again after a failure',
      by: [
        ['test/scripts/script-runner.test.ts', 'has an environment built from nothing but what is declared'],
        ['test/embedded/supervise.test.ts', 'comes back by itself where that was asked for'],
      ],
    },
    {
      says: 'pydantic 1.10.13, and test.py as published',
      by: [
        [
          'test/scripts/vendor-sample.test.ts',
          'has only the indentation that the vendor published it without',
        ],
        ['test/scripts/vendor-sample.test.ts', 'does nothing for another event'],
      ],
    },
    {
      says: 'a workflow "Mediator Test" with Open Request, Auto Target and Approval',
      by: [['src/demo/scenarios/mediator-test.ts', 'it was written exactly once, in step Approval']],
    },
    {
      says: 'add the script with its trigger, and click Test',
      by: [
        ['test/cli/mediator-install.test.ts', 'registers every event of every workflow with a process'],
        ['test/mediator/mediator-and-gateway.test.ts', 'answer SecureChange’s Test button'],
      ],
    },
    {
      says: 'the Reason field is updated with newval<datetime>',
      by: [['test/scripts/vendor-sample.test.ts', 'writes newval<time> as the reason of the approval']],
    },
  ],
  'trigger-custom-scripts.txt': [
    {
      says: 'integrate with ticketing systems such as BMC Remedy and ServiceNow',
      by: [
        ['test/integrations/itsm.test.ts', 'makes one record with our correlation id'],
        ['test/integrations/rest-records.test.ts', 'is created once, with our id and its note'],
      ],
    },
    {
      says: 'scripts run automatically on internal events',
      by: [['test/phases/custom-scripts.test.ts', 'runs the script that a mediator named, once']],
    },
    {
      says: 'a vulnerability assessment of the servers, embedded back into a field',
      by: [['src/demo/scenarios/custom-script.ts', 'the assessment is written once']],
    },
    {
      says: 'update an external system that performs KPI calculations',
      by: [['src/demo/scenarios/custom-script.ts', 'every row is of this ticket']],
    },
    {
      says: 'perl, python, bash or even Java',
      by: [['test/scripts/script-languages.test.ts', 'runs as one in another language']],
    },
    {
      says: 'ticket id, step, dates, requester and handler as XML on standard input',
      by: [
        ['test/scripts/script-runner.test.ts', 'gets the XML on stdin'],
        ['test/securechange/event-xml.test.ts', 'checklist point 2: ticket_info of every event'],
      ],
    },
    {
      says: 'the REST API gives the entire data of a ticket as JSON',
      by: [['test/securechange/read-tickets.test.ts', 'asks for the ticket and then its history, in JSON']],
    },
    {
      says: 'create, close, cancel, reject, advance, redo, resubmit and reopen',
      by: [['test/securechange/event-xml.test.ts', 'checklist point 2: ticket_info of every event']],
    },
    {
      says: 'the event is available as SCW_EVENT',
      by: [['test/scripts/script-runner.test.ts', 'cannot be given another PATH or event by its entry']],
    },
  ],
};

describe.each(Object.entries(TEXTS))('what %s asks for', (_text, asked) => {
  it.each(asked.filter(({ by }) => !('notOurs' in by)))('is tested: $says', ({ by }) => {
    for (const [file, name] of by as readonly Proof[]) {
      const path = join(__dirname, '../..', file);
      expect([file, existsSync(path)]).toEqual([file, true]);
      expect([file, readFileSync(path, 'utf8').includes(name) ? name : 'no such test']).toEqual([file, name]);
    }
  });
});

import type { ScenarioInput } from './scenario.js';

type Workflow = ScenarioInput['workflows'][number];
type Step = Workflow['steps'][number];
type Field = NonNullable<Step['fields']>[number];

const REQUIRED_ACCESS: Field = { name: 'Required Access', type: 'multi_access_request' };
const APPROVE: Field = { name: 'Approve Access Request', type: 'approve_reject' };
const JUSTIFICATION: Field = { name: 'Business justification', type: 'text_area' };
const ITSM_CHANGE: Field = { name: 'ITSM change', type: 'text_field' };

const openRequest: Step = {
  name: 'Open Request',
  handler: '@requester',
  fields: [REQUIRED_ACCESS, JUSTIFICATION],
};
const approval: Step = { name: 'Approval', handler: 'a.kaya', fields: [REQUIRED_ACCESS, APPROVE] };

function firewallChange(id: number, name: string, design: Step): Workflow {
  return {
    id,
    name,
    type: 'ACCESS_REQUEST',
    description: 'Access through managed and directly managed firewalls',
    steps: [
      openRequest,
      design,
      approval,
      { name: 'Implementation', handler: 'wf-api', fields: [REQUIRED_ACCESS, ITSM_CHANGE] },
      { name: 'Verification', handler: 'wf-api', fields: [REQUIRED_ACCESS], verifyOnEntry: true },
    ],
    design: { targets: [21, 31, 40] },
    risk: 'MEDIUM',
    riskWithDesign: true,
  };
}

/** Business approves the request before the design, security the design after it. */
function twoApprovals(id: number): Workflow {
  return {
    ...firewallChange(id, 'Firewall change (two approvals)', openRequest),
    description: 'Business approves before the design, security after it',
    steps: [
      openRequest,
      { ...approval, name: 'Business Approval', handler: 'c.lang' },
      { name: 'Design and Risk', handler: 'wf-api', fields: [REQUIRED_ACCESS] },
      { ...approval, name: 'Security Approval' },
      { name: 'Implementation', handler: 'wf-api', fields: [REQUIRED_ACCESS, ITSM_CHANGE] },
      { name: 'Verification', handler: 'wf-api', fields: [REQUIRED_ACCESS], verifyOnEntry: true },
    ],
  };
}

/** No approval in SecureChange: two persons let each ticket go ahead, and the ITSM approves afterwards. */
function emergencyChange(id: number): Workflow {
  const design = { name: 'Design and Risk', handler: 'wf-api', fields: [REQUIRED_ACCESS] };
  const { steps, ...rest } = firewallChange(id, 'Emergency change', design);
  return {
    ...rest,
    description: 'Pushed at once when two persons let it, approved afterwards',
    steps: steps.filter(({ name }) => name !== 'Approval'),
  };
}

const PLANNED: readonly Field[] = [
  { name: 'Planned start', type: 'text_field' },
  { name: 'Planned end', type: 'text_field' },
];

/** The ITSM opens it, sets its planned dates and approves it. */
function ledByItsm(id: number): Workflow {
  const step = (name: string): Step => ({
    name,
    handler: 'wf-api',
    fields: [REQUIRED_ACCESS, ITSM_CHANGE, ...PLANNED],
  });
  return {
    ...firewallChange(id, 'Firewall change (ITSM)', openRequest),
    description: 'Led by an ITSM, which approves in its own change',
    design: { targets: [40] },
    steps: [
      openRequest,
      step('Design and Risk'),
      step('Change Approval'),
      step('Implementation'),
      { ...step('Verification'), verifyOnEntry: true },
    ],
  };
}

/** Three people approve beside each other. */
function parallelApproval(id: number): Workflow {
  const tasks = [
    { name: 'Security', handler: 'a.kaya' },
    { name: 'Business', handler: 'c.lang' },
    { name: 'Operations', handler: 'o.brandt' },
  ];
  const design = { name: 'Design and Risk', handler: 'wf-api', fields: [REQUIRED_ACCESS] };
  const plain = firewallChange(id, 'Firewall change (parallel approval)', design);
  return {
    ...plain,
    description: 'Security, business and operations approve beside each other',
    steps: plain.steps.map((step) => (step === approval ? { ...approval, tasks } : step)),
  };
}

/** A custom script writes an assessment for the approver. */
function withScripts(id: number): Workflow {
  const design = { name: 'Design and Risk', handler: 'wf-api', fields: [REQUIRED_ACCESS] };
  const plain = firewallChange(id, 'Firewall change (scripts)', design);
  const assessed = { name: 'Vulnerabilities', type: 'text_area' } as const;
  return {
    ...plain,
    description: 'The approver reads what a custom script has found',
    steps: plain.steps.map((step) =>
      step === approval ? { ...approval, fields: [REQUIRED_ACCESS, APPROVE, assessed] } : step,
    ),
  };
}

const GROUP_CHANGE: Field = { name: 'Modify network object group', type: 'multi_group_change' };

const workflows: Workflow[] = [
  firewallChange(612, 'Firewall change', {
    name: 'Design and Risk',
    handler: 'wf-api',
    fields: [REQUIRED_ACCESS],
  }),
  firewallChange(613, 'Firewall change (auto)', {
    name: 'Design and Risk',
    mode: 'auto',
    handler: 'o.brandt',
    fields: [REQUIRED_ACCESS],
    tools: ['target', 'designer', 'risk'],
  }),
  twoApprovals(620),
  emergencyChange(621),
  ledByItsm(622),
  parallelApproval(623),
  withScripts(624),
  {
    id: 619,
    name: 'Firewall change (automatic push)',
    type: 'ACCESS_REQUEST',
    description: 'SecureChange itself runs Update and Commit once step Release is completed',
    steps: [
      openRequest,
      { name: 'Design and Risk', handler: 'wf-api', fields: [REQUIRED_ACCESS] },
      approval,
      { name: 'Release', handler: 'wf-api', fields: [REQUIRED_ACCESS] },
      {
        name: 'Provisioning',
        mode: 'auto',
        handler: 'o.brandt',
        fields: [REQUIRED_ACCESS],
        tools: ['update', 'commit'],
      },
    ],
    design: { targets: [21] },
    risk: 'MEDIUM',
    riskWithDesign: true,
  },
  {
    id: 614,
    name: 'Mediator Test',
    type: 'ACCESS_REQUEST',
    steps: [
      openRequest,
      {
        name: 'Auto Target',
        mode: 'auto',
        handler: 'o.brandt',
        fields: [REQUIRED_ACCESS],
        tools: ['target', 'designer', 'risk'],
      },
      approval,
    ],
    design: { targets: [21, 31, 40] },
    risk: 'MEDIUM',
  },
  {
    id: 615,
    name: 'Group change',
    type: 'MODIFY_GROUP',
    steps: [
      { name: 'Submit Request', handler: '@requester', fields: [GROUP_CHANGE] },
      { name: 'Design', handler: 'wf-api', fields: [GROUP_CHANGE] },
      {
        name: 'Approval',
        handler: 'a.kaya',
        fields: [GROUP_CHANGE, { ...APPROVE, name: 'Approve Group Change' }],
      },
      { name: 'Implementation', handler: 'wf-api', fields: [GROUP_CHANGE] },
    ],
    design: { targets: [21] },
  },
  {
    id: 616,
    name: 'Firewall change (confirmed)',
    type: 'ACCESS_REQUEST',
    description: 'Ends resolved; the requester confirms or reopens',
    steps: [
      openRequest,
      approval,
      { name: 'Implementation', handler: 'Network Operations', fields: [REQUIRED_ACCESS] },
    ],
    confirmation: true,
    design: { targets: [40] },
    risk: 'none',
    riskWithDesign: true,
  },
  {
    id: 617,
    name: 'Firewall Change Request',
    type: 'ACCESS_REQUEST',
    steps: [{ name: 'Submit Access Request', fields: [REQUIRED_ACCESS] }, approval],
    design: { targets: [40] },
    risk: 'none',
  },
  {
    id: 618,
    name: 'Server Decommission Request',
    type: 'DECOMMISSION_NETWORK_OBJECT',
    steps: [
      {
        name: 'Server Decommission Request',
        fields: [{ name: 'Request verification', type: 'multi_server_decommission_request' }],
      },
      {
        name: 'Approval',
        handler: 'a.kaya',
        fields: [
          { name: 'Request verification', type: 'multi_server_decommission_request' },
          { ...APPROVE, name: 'Approve decommission' },
        ],
      },
    ],
    design: { targets: [21] },
  },
];

const NOT_MONITORED = 'Commit not performed as the Device Group monitoring is stopped';
const ROLES = ['Security Administrator', 'Requester'];

/** What a simulator starts with when it is given nothing. Every password equals its login. */
export const defaultScenario: ScenarioInput = {
  name: 'default',
  users: [
    {
      id: 3,
      login: 'admin',
      password: 'admin',
      displayName: 'Administrator',
      roles: ['System Administrator'],
      permissions: ['all'],
    },
    {
      id: 11,
      login: 'wf-api',
      password: 'wf-api',
      displayName: 'Workflow API',
      roles: ROLES,
      permissions: ['all'],
    },
    {
      id: 45,
      login: 'j.meier',
      password: 'j.meier',
      displayName: 'Jana Meier',
      roles: ['Requester'],
      permissions: ['createTickets', 'handleTickets'],
    },
    {
      id: 52,
      login: 'a.kaya',
      password: 'a.kaya',
      displayName: 'Aylin Kaya',
      roles: ROLES,
      permissions: ['viewAllTickets', 'handleTickets'],
    },
    {
      id: 53,
      login: 'c.lang',
      password: 'c.lang',
      displayName: 'Clara Lang',
      roles: ROLES,
      permissions: ['viewAllTickets', 'handleTickets'],
    },
    {
      id: 57,
      login: 'o.brandt',
      password: 'o.brandt',
      displayName: 'Olaf Brandt',
      roles: ROLES,
      memberOf: ['Network Operations'],
      permissions: ['viewAllTickets', 'createTickets', 'handleTickets', 'provision', 'viewChangeWindows'],
    },
    { id: 70, login: 'Network Operations', password: '', kind: 'group', roles: ROLES, permissions: [] },
  ],
  workflows,
  devices: [
    {
      id: 20,
      name: 'PANO-8',
      vendor: 'PaloAltoNetworks',
      model: 'Panorama_ng',
      ip: '10.100.10.30',
      latest_revision: 512,
      virtual_type: 'management',
    },
    {
      id: 21,
      name: 'DG-B',
      vendor: 'PaloAltoNetworks',
      model: 'Panorama_device_group',
      latest_revision: 64,
      virtual_type: 'management',
      parent_id: 20,
    },
    {
      id: 22,
      name: 'pa-3220-1',
      vendor: 'PaloAltoNetworks',
      model: 'Panorama_ng_fw',
      latest_revision: 63,
      virtual_type: 'device',
      parent_id: 21,
    },
    {
      id: 23,
      name: 'pa-3220-2',
      vendor: 'PaloAltoNetworks',
      model: 'Panorama_ng_fw',
      latest_revision: 63,
      virtual_type: 'device',
      parent_id: 21,
    },
    {
      id: 24,
      name: 'DG-C',
      vendor: 'PaloAltoNetworks',
      model: 'Panorama_device_group',
      latest_revision: 71,
      virtual_type: 'management',
      parent_id: 20,
    },
    {
      id: 25,
      name: 'pa-3220-3',
      vendor: 'PaloAltoNetworks',
      model: 'Panorama_ng_fw',
      latest_revision: 70,
      virtual_type: 'device',
      parent_id: 24,
    },
    {
      id: 30,
      name: 'FMG-EU',
      vendor: 'Fortinet',
      model: 'fortimanager',
      ip: '10.100.11.10',
      latest_revision: 301,
      virtual_type: 'management',
    },
    {
      id: 31,
      name: 'ADOM-RETAIL',
      vendor: 'Fortinet',
      model: 'fmg_adom',
      latest_revision: 300,
      virtual_type: 'mdom',
      parent_id: 30,
      policies: ['shops', 'depots'],
    },
    {
      id: 32,
      name: 'fgt-600-1',
      vendor: 'Fortinet',
      model: 'fmg_firewall',
      latest_revision: 299,
      virtual_type: 'device',
      parent_id: 31,
      policy: 'shops',
    },
    ...[33, 34].map((id) => ({
      id,
      name: `fgt-600-${String(id - 31)}`,
      vendor: 'Fortinet',
      model: 'fmg_firewall',
      latest_revision: 298,
      virtual_type: 'device',
      parent_id: 31,
      policy: id === 33 ? 'shops' : 'depots',
    })),
    {
      id: 50,
      name: 'MDS-1',
      vendor: 'Checkpoint',
      model: 'cp_mds_r80plus',
      ip: '10.100.12.5',
      latest_revision: 90,
      virtual_type: 'management',
    },
    {
      id: 51,
      name: 'CMA-DE',
      vendor: 'Checkpoint',
      model: 'cp_domain_r80plus',
      latest_revision: 91,
      virtual_type: 'management',
      parent_id: 50,
    },
    {
      id: 52,
      name: 'ckp-gw-1',
      vendor: 'Checkpoint',
      model: 'module',
      virtual_type: 'device',
      parent_id: 51,
      module_type: 'Firewall',
    },
    { id: 40, name: 'ASA-EDGE', vendor: 'Cisco', model: 'asa', ip: '10.100.5.97', latest_revision: 5645 },
    {
      id: 41,
      name: 'SRX 100 FireWall',
      vendor: 'Netscreen',
      model: 'junos',
      ip: '10.100.5.62',
      latest_revision: 5633,
    },
  ],
  changeWindows: [
    {
      uuid: '07c230ce-2dec-4109-a0db-33ff45ba1057',
      name: 'Panorama - Change Window',
      description: 'Change window for Panorama devices',
      enabled: true,
      devices: [21],
      runs: [
        { id: 188, startMs: 1_710_457_200_000, endMs: 1_710_457_320_000, errors: [NOT_MONITORED] },
        {
          id: 197,
          startMs: 1_711_666_801_000,
          endMs: 1_711_666_921_000,
          devices: [{ id: 21, status: 'SUCCESS_WITH_WARNINGS', revisionId: 264, warnings: [NOT_MONITORED] }],
        },
      ],
    },
    {
      uuid: 'b0dc4034-6d52-4197-8456-eef694b063e3',
      name: 'CP R80 - Change Window',
      description: 'Change window for R80 management',
      enabled: false,
      devices: [51],
    },
  ],
  networkObjects: [
    {
      id: 69_577,
      uid: '{0F1C3B1E-2B1B-4C6A-9C0E-6B3C6F2D8A11}',
      name: 'Web servers',
      device_id: 21,
      rules: [
        { name: 'Web in', number: 4, policy: 'Standard' },
        { name: 'Monitoring', number: 11, policy: 'Standard' },
      ],
      groups: ['All servers'],
    },
    {
      id: 69_601,
      uid: '{0F1C3B1E-2B1B-4C6A-9C0E-6B3C6F2D8A11}',
      name: 'Web servers',
      device_id: 24,
      rules: [],
      groups: [],
    },
  ],
  itsmUsers: [{ login: 'itsm', password: 'itsm' }],
};

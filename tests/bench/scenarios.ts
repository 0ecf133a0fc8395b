/**
 * What is measured, and the targets.
 *
 * @module
 */

import { HS_TOKEN } from "../load/service.ts";
import { MailSink } from "./mail_sink.ts";
import {
  measureMemory,
  measureStarts,
  measureTransactions,
  type Rounds,
  type Size,
} from "./measure.ts";
import { type MailFigures, mailsOfNodemailer, mailsOfService } from "./measure_mails.ts";
import { baseline, peer, service, type State, type Subject } from "./subjects.ts";
import type { Target } from "./targets.ts";

/** What there is to compare with. */
export interface Available {
  /** A compiled executable. */
  readonly executable?: string | undefined;
  /** Node.js, and a folder in which matrix-appservice is installed. */
  readonly peer?: { readonly node: string; readonly folder: string } | undefined;
  /** The service itself, from source. */
  readonly source: readonly string[];
}

/** Something that is measured. */
export interface Scenario {
  readonly name: string;
  /** What the figures mean, for the table: figure to unit. */
  readonly units: Readonly<Record<string, string>>;
  measure(available: Available, size: Size): Promise<Rounds>;
}

const BYTES = "Deno.serve, bytes only";
const JSON_PARSE = "Deno.serve, JSON.parse";
const PEER = "matrix-appservice 3";
const IDLE = "nothing pending";
const WAITING = "5 pending";
const MANY = "10,000 pending";
const BARE = "bare nodemailer";
const OURS = "from source";
const EXECUTABLE = "executable";

const named = (name: string) => `${EXECUTABLE}, ${name}`;

function transactions(events: number, connections = 8): Scenario {
  return {
    name: `${events === 1 ? "1 event" : `${events} events`} a body`,
    units: { rate: "bodies a second", cpu: "µs of the processor a body" },
    measure: (available, size) =>
      measureTransactions(
        [
          ...[baseline("bytes"), baseline("json"), ...peers(available)],
          ...states(available, { [IDLE]: { pending: 0 }, [WAITING]: { pending: 5 } }),
          ...events === 100 ? [service(MANY, available.source, { pending: 10_000 })] : [],
        ],
        { events },
        connections,
        size,
      ),
  };
}

function states(
  { source, executable }: Available,
  wanted: Readonly<Record<string, State>>,
): readonly Subject[] {
  return Object.entries(wanted).flatMap(([name, state]) => [
    service(name, source, state),
    ...executable === undefined ? [] : [service(named(name), [executable], state)],
  ]);
}

function peers({ peer: installed }: Available): readonly Subject[] {
  return installed ? [peer(installed.node, installed.folder, HS_TOKEN)] : [];
}

function programs({ source, executable }: Available): readonly Subject[] {
  return [
    service(OURS, source, { pending: 0 }),
    ...executable === undefined ? [] : [service(EXECUTABLE, [executable], { pending: 0 })],
  ];
}

const MAILED: Scenario = {
  name: "100 events a body, 1 in 1000 an invite that is mailed",
  units: { rate: "bodies a second", cpu: "µs of the processor a body" },
  async measure(available, size) {
    using mailServer = new MailSink();
    const subjects = [
      ...[baseline("bytes"), ...peers(available)],
      ...states(available, { [IDLE]: { pending: 0, mailServer } }),
    ];
    return await measureTransactions(subjects, { events: 100, inviteEvery: 1000 }, 1, size);
  },
};

const START: Scenario = {
  name: "start",
  units: { start: "ms to the first 200", idle: "MiB at rest" },
  measure: (available, size) => measureStarts([...peers(available), ...programs(available)], size),
};

const MEMORY: Scenario = {
  name: "after 200,000 events",
  units: { loaded: "MiB" },
  measure: (available) => measureMemory([...peers(available), ...programs(available)], 200_000),
};

function mails(name: string, pause: number, pool: number): Scenario {
  return {
    name: `emails, ${name}`,
    units: { rate: "emails a second", cpu: "ms of the processor an email" },
    async measure({ source, executable }, { rounds, seconds }) {
      // About as many as take that long.
      const count = Math.ceil(seconds * 4) * 200;
      const measured = new Map<string, { rate: number[]; cpu: number[] }>();
      const add = (subject: string, { rate, cpu }: MailFigures) => {
        const figures = measured.get(subject) ?? { rate: [], cpu: [] };
        measured.set(subject, figures);
        figures.rate.push(rate);
        figures.cpu.push(cpu);
      };
      for (let round = 0; round < rounds; round++) {
        add(BARE, await mailsOfNodemailer({ pause, pool }, count));
        add(OURS, await mailsOfService(source, { pause, pool }, count));
        if (executable === undefined) continue;
        add(EXECUTABLE, await mailsOfService([executable], { pause, pool }, count));
      }
      return measured;
    },
  };
}

const AT_ONCE = mails("a server that answers at once, pool 5", 0, 5);
const SLOW = mails("a server that takes 10 ms, pool 5", 10, 5);
const SLOW_WIDE = mails("a server that takes 10 ms, pool 20", 10, 20);
const HUNDRED = transactions(100);
const TEN = transactions(10);
const ONE = transactions(1);

/** All scenarios, in the order of the table. */
export const SCENARIOS: readonly Scenario[] = [
  ...[HUNDRED, TEN, ONE, MAILED, START, MEMORY, AT_ONCE, SLOW, SLOW_WIDE],
];

/** The targets. */
export const TARGETS: readonly Target[] = [
  target(HUNDRED, "rate", IDLE, BYTES, { least: 1 }),
  target(HUNDRED, "rate", WAITING, BYTES, { least: 0.75 }),
  target(HUNDRED, "rate", MANY, BYTES, { least: 0.75 }),
  target(HUNDRED, "cpu", IDLE, JSON_PARSE, { most: 0.25 }),
  target(HUNDRED, "cpu", WAITING, JSON_PARSE, { most: 0.35 }),
  target(HUNDRED, "rate", named(IDLE), BYTES, { least: 0.75 }),
  target(HUNDRED, "rate", named(WAITING), BYTES, { least: 0.5 }),
  target(TEN, "rate", IDLE, JSON_PARSE, { least: 2 }),
  target(TEN, "rate", WAITING, JSON_PARSE, { least: 1.7 }),
  target(ONE, "rate", IDLE, BYTES, { least: 0.65 }),
  target(MAILED, "rate", IDLE, BYTES, { least: 0.25 }),
  target(START, "start", OURS, PEER, { most: 1 }),
  target(START, "start", EXECUTABLE, PEER, { most: 1.3 }),
  target(MEMORY, "loaded", OURS, PEER, { most: 1.3 }),
  target(MEMORY, "loaded", EXECUTABLE, PEER, { most: 1.6 }),
  target(AT_ONCE, "rate", OURS, BARE, { least: 0.5 }),
  target(SLOW, "rate", OURS, BARE, { least: 0.7 }),
  target(SLOW_WIDE, "rate", OURS, BARE, { least: 0.6 }),
];

function target(
  { name: scenario }: Scenario,
  figure: string,
  subject: string,
  comparedWith: string,
  bound: Target["bound"],
): Target {
  return { scenario, figure, subject, comparedWith, bound };
}

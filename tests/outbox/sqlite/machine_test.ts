import { machineContract } from "../../contracts/outbox_machine.ts";
import { policyMachineContract } from "../../contracts/outbox_policy_machine.ts";
import { howMany } from "../../thorough.ts";
import { sqliteSubject } from "./subject.ts";

const numRuns = howMany(10, 100);

machineContract("SQLite", () => sqliteSubject(), { numRuns, knowsAwaited: true });
policyMachineContract("SQLite", sqliteSubject, numRuns);

/**
 * One body has thousands of invites.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Campaign } from "../fault.ts";
import { until } from "../pause.ts";

// How long others' transactions may take meanwhile, on a busy machine.
const MAX_OTHERS_MS = 5_000;
// How long it may take until the next mail arrives.
const PATIENCE_MS = 60_000;
const FEW = 200;

/** Pushes a large body beside the usual transactions, and kills the service while it sends. */
export async function pushLargeBody(campaign: Campaign): Promise<string> {
  const { homeserver, largeBody, mailServer, service } = campaign;
  const before = homeserver.waiting;
  homeserver.slowest = 0;
  await homeserver.pushInvites(largeBody);
  const { slowest } = homeserver;
  assert(slowest < MAX_OTHERS_MS, `others waited ${slowest} ms beside a large body`);
  await service.killAndStart();
  const areFewLeft = () => homeserver.waiting < before + FEW;
  await until(
    "a large body's mails are sent",
    areFewLeft,
    PATIENCE_MS,
    () => mailServer.mails.length,
  );
  return `${largeBody} invites, others waited ${slowest} ms`;
}

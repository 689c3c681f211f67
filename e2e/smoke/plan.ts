/** What a run is going to do to an account, told before it does it. */

import type { Settings } from "./settings.ts";
import type { Names } from "./smoke.ts";

/** The plan as a person reads it. */
export function plan({ accountId, apiBaseUrl, images, patience }: Settings, names: Names): string {
  return `Account ${accountId} at ${apiBaseUrl}. Every thing below is removed again at the end, also after Ctrl-C.

It creates:
  - an account API token ${names.token} (Workers Containers Write, expires in an hour)
  - registry logins that expire in five minutes
  - a Worker ${names.worker} on workers.dev, with one Durable Object class; its door opens to a key of this run alone
  - a container application ${names.application} for that class, with ${images.first}
    (and tries a second one, ${names.rival}, which should be refused)
  - one container of size lite, then a rollout to ${images.second}: up to ${patience} minutes and a few more
  - a Worker ${names.versioned} through the versions API, if the API takes it
  - where Zero Trust is enabled: an Access policy, service token and application ${names.access} before one path of the
    Worker (and tries ${names.access}-first, for a Worker that there is not, which should be refused)

It needs the Workers Paid plan and a workers.dev subdomain. It costs less than 0.01 USD beyond the plan (one lite
container for up to an hour), usually nothing: the plan's included usage covers it.

The token needs: Workers Scripts Write, Workers Containers Write, Workers R2 Storage Read, Account API Tokens Write,
Access: Apps and Policies Write, Access: Service Tokens Write.
Points whose permission is missing are reported as undecided.`;
}

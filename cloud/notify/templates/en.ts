import type { Catalogue } from "./catalogue.ts";

export const en: Catalogue = {
  otp: {
    subject: "Your code for {tenant}",
    before: "Your code is:",
    after: [
      "It is good for {minutes} minutes and works once. Type it on the page where you asked for it.",
      "Nobody will ever ask you for this code, by phone or by mail. If you did not ask for it, do not give it to anybody.",
    ],
    text: "{tenant}: {otp} is your code. Nobody will ever ask you for it.",
    call: {
      intro: "Hello. This is {tenant} with the code that you asked for. Your code is:",
      again: "Once more. Your code is:",
      end: "Nobody will ever ask you for this code. Goodbye.",
    },
  },
  notices: {
    password_reset: {
      subject: "Your password was reset",
      lines: [
        "The password of your account {userName} was reset and a new one was set.",
        "It was confirmed by: {method}.",
      ],
      text: "{tenant}: the password of your account was reset. Was this not you? Contact your administrator at once.",
    },
    password_changed: {
      subject: "Your password was changed",
      lines: ["The password of your account {userName} was changed by somebody who knew the old one."],
      text: "{tenant}: the password of your account was changed. Was this not you? Contact your administrator at once.",
    },
    account_unlocked: {
      subject: "Your account was unlocked",
      lines: [
        "Your account {userName} was unlocked. Its password stayed the same.",
        "It was confirmed by: {method}.",
      ],
      text: "{tenant}: your account was unlocked. Was this not you? Contact your administrator at once.",
    },
    reset_impossible: {
      subject: "Your password cannot be reset here",
      lines: [
        "Somebody, probably you, wanted to reset the password of the account {userName} or to unlock it. That is not possible here: {reason}",
        "It will be possible from {until}.",
        "Your administrator can help you.",
      ],
      text: "{tenant}: your password cannot be reset in the portal. Please contact your administrator.",
    },
    sign_in_impossible: {
      subject: "Nobody can sign in with your account now",
      lines: [
        "Somebody, probably you, wanted to sign in to the portal with the account {userName}. That is not possible now: {reason}",
        "Your administrator can help you.",
      ],
      text: "{tenant}: nobody can sign in to the portal with your account now. Please contact your administrator.",
    },
    self_service_blocked: {
      subject: "Self-service is closed for your account for now",
      lines: [
        "There were too many wrong tries to reset the password of the account {userName}. Nothing was changed. To protect you, the portal is closed for this account.",
        "It opens again at {until}. Your administrator can open it earlier.",
      ],
      text: "{tenant}: too many wrong tries to reset your password. Nothing was changed; the portal is closed for now.",
    },
    method_added: {
      subject: "A way to prove who you are was added",
      lines: ["This was added to your account {userName}: {method}."],
      text: "{tenant}: a way to prove who you are was added to your account. Was this not you? Contact your administrator at once.",
    },
    method_removed: {
      subject: "A way to prove who you are was removed",
      lines: ["This was removed from your account {userName}: {method}."],
      text: "{tenant}: a way to prove who you are was removed from your account. Was this not you? Contact your administrator at once.",
    },
    number_changed: {
      subject: "Your phone number was changed",
      lines: [
        "Your organisation has another phone number for your account {userName} now.",
        "To protect you, the new number cannot be used to reset your password before {until}.",
      ],
      text: "{tenant}: your account has another phone number now. Was this not you? Contact your administrator at once.",
    },
    outcome_known: {
      subject: "What became of your request",
      lines: [
        "For a while it was not clear whether your request for the account {userName} ({operation}) had worked. Now it is known: {outcome}",
      ],
      text: "{tenant}: your request: {outcome}",
    },
    admin_privileged_reset: {
      subject: "A privileged account used self-service",
      lines: [
        "The privileged account {userName} used self-service: {operation}.",
        "Name: {displayName}.",
        "It was confirmed by: {method}.",
        "If nobody expects this, treat it as an incident: lock the account and look at the audit.",
      ],
      text: null,
    },
    admin_contact_request: {
      subject: "Somebody asks for your help to get back in",
      lines: [
        "Somebody who gave the user name {userName} cannot get back in alone and asks for your help.",
        "{proven}",
        "Why it did not work: {reason}",
        "Their message: {message}",
        "Call the person back on a number that you know already, not on one from this message.",
      ],
      text: null,
    },
    admin_agent_enrolled: {
      subject: "A new agent was enrolled",
      lines: [
        "The agent {agentName} was enrolled on the host {hostName}. It gets no passwords before somebody approves it.",
        "Its fingerprint is {fingerprint}. Compare it with what the agent printed before you approve it.",
        "If nobody has set up an agent, revoke it at once.",
      ],
      text: null,
    },
    admin_brake_engaged: {
      subject: "An agent stopped: too many password changes",
      lines: [
        "The brake of the agent {agentName} stopped it: there were too many password changes in a short time.",
        "Find out why. If all is well, release the brake on the agent's host.",
      ],
      text: null,
    },
    admin_breaker_opened: {
      subject: "Self-service was limited: signs of abuse",
      lines: [
        "Of {sent} texts and calls in the last hour only {verified} led to a proof. Somebody may be running up your bill: texts and calls are stopped for an hour.",
        "In the last hour {failed} codes were wrong. Somebody may be guessing: for now everybody needs two proofs.",
        "Other ways to prove who one is go on working.",
      ],
      text: null,
    },
    admin_policy_changed: {
      subject: "The self-service policy was changed",
      lines: [
        "Version {version} of the policy was applied.",
        "It was applied by {by}.",
        "What changed: {summary}",
        "If nobody expects this, look at the audit.",
      ],
      text: null,
    },
    admin_deletes_held: {
      subject: "Deletes wait for your approval",
      lines: [
        "The directory sync would delete {count} people. That is more than usual, so nobody was deleted.",
        "Look at the list, then approve or discard it.",
      ],
      text: null,
    },
    admin_numbers_changed: {
      subject: "Many phone numbers changed at once",
      lines: [
        "The directory gave {count} people another mobile number in one sync. So that nobody gets a message by mistake, they were not told one by one.",
        "If nobody expects this, treat it as an incident: a number decides who can reset a password.",
        "Until the policy's time of holding is over, the new numbers cannot be used to reset a password.",
      ],
      text: null,
    },
  },
  greeting: "Hello {displayName},",
  plainGreeting: "Hello,",
  notYou: "Was this not you? Contact your administrator at once.",
  time: "Time: {time}",
  reference: "Reference: {reference}",
  automatic:
    "{tenant} sent this mail automatically. It has no links and never asks for a password or a code.",
  methods: {
    text: "text message to your mobile number",
    call: "call to your mobile number",
    office_call: "call to your office phone",
    email: "email",
    authenticator: "authenticator app",
    recovery_code: "recovery codes",
    questions: "security questions",
  },
  reasons: {
    ACCOUNT_PROTECTED: "the account is specially protected.",
    ACCOUNT_DISABLED: "the account is disabled.",
    ACCOUNT_EXPIRED: "the account has expired.",
    ACCOUNT_OUT_OF_SCOPE: "the account is not one of those that self-service is for.",
    ACCOUNT_DENIED: "your organisation has excluded the account from self-service.",
    DIRECTORY_USER_NOT_FOUND: "the account is no longer in the directory.",
    account_locked:
      "the account is locked after too many wrong passwords. Where your organisation offers it, you can unlock it in the portal yourself.",
    not_in_policy: "your organisation has not turned self-service on for the account.",
    unlock_off: "your organisation does not offer to unlock without a new password.",
    too_few_methods: "there are not enough ways on record to prove who you are.",
    number_held: "the phone number was changed a short time ago and does not count yet.",
    user_gone: "the account is no longer there.",
  },
  operations: { reset: "new password", change: "password change", unlock: "unlock" },
  outcomes: {
    applied: "it worked.",
    refused: "it was refused; nothing was changed.",
    not_applied: "it did not work; nothing was changed.",
  },
  proven: {
    yes: "The person has proved once who they are.",
    no: "The person has NOT proved who they are: anybody can have sent this.",
  },
};

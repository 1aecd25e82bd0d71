/**
 * English texts of the registration portal. The type of the other languages is taken from this file (registration-texts.ts), so
 * they have the same keys, and a function wherever this file has one.
 */
import type { Registrable, RegistrationProblem } from "../../../registration/session.ts";

const names: Record<Registrable, string> = {
  mobile: "Mobile phone",
  officePhone: "Office phone",
  email: "Alternate email address",
  authenticator: "Authenticator app",
  questions: "Security questions",
  recoveryCodes: "Recovery codes",
};

const hints: Record<Registrable, string> = {
  mobile: "Get a code by text message or call.",
  officePhone: "Get a code by call.",
  email: "Get a code by email. Use an address you can open without your work password.",
  authenticator: "Use the 6-digit code shown by an app on your phone. The app also works offline.",
  questions: "Answer questions that you choose yourself.",
  recoveryCodes: "Print or save codes for later. You can use each code only once.",
};

/** `password_refused` and `not_applied` are missing: the directory's verdict has its own texts. */
const problems: Record<Exclude<RegistrationProblem["kind"], "password_refused" | "not_applied">, string> = {
  sign_in_refused:
    "The user name or password is incorrect, or the account cannot be used at the moment. Enter your password again, or get help below.",
  too_many_sign_ins:
    "Too many attempts. To keep your account from being locked, passwords are not checked here for 30 minutes. Try again later, or reset your password.",
  network_closed:
    "Too many wrong passwords came from your network, so your password was not checked. Try again in an hour, or use another network, for example that of your phone.",
  unavailable:
    "Your organisation’s server cannot be reached at the moment. Your password was not checked. Try again in a few minutes.",
  stale: "This page was out of date. It may be open in another tab. Continue here.",
  number_invalid: "This is not a valid phone number. Enter the full number, including the area code.",
  number_premium: "Codes cannot be sent to premium-rate numbers. Enter a different number.",
  email_invalid: "This is not a valid email address. Enter the full address, for example name@example.com.",
  email_is_account: "You cannot open this mailbox if you forget your password. Enter a different address.",
  wrong_code: "This code is incorrect. Check the code and try again.",
  code_expired: "This code has expired. Request a new one.",
  too_many_tries: "Too many incorrect codes. Start again later.",
  too_many_sends: "You cannot request more codes at the moment. Try again later, or use a different method.",
  resend_too_soon: "Wait a moment before you request another code.",
  send_failed: "The code could not be sent. Check the number or address you entered, or try again later.",
  must_change: "Your organisation requires a new password first. Change your password, then sign in again.",
  proof_needed: "To change your verification methods, first verify your identity with one of them.",
  too_often: "You changed this several times in a short time. Try again in a few minutes.",
  replace_waits:
    "You already have this verification method. Your password alone cannot replace it. Remove it first, or contact your administrator.",
  questions_incomplete: "Choose a question and enter an answer on every line.",
  questions_repeated: "You chose the same question more than once. Choose different questions.",
  answer_too_short: "An answer is too short. Use at least three letters or numbers.",
  answers_alike: "Enter a different answer for each question. Do not use your user name as an answer.",
  password_empty: "Enter your password.",
  password_too_long: "This password is too long. Use no more than 256 characters.",
  passwords_differ: "The new passwords do not match. Enter them again.",
};

export const en = {
  names,
  hints,
  problems,
  problemTitle: "There is a problem",
  cancel: "Cancel",
  signOut: "Sign out",
  start: {
    register: "Set up your verification methods",
    registerLead:
      "Sign in with your work account. Then review and add the methods that let you reset a forgotten password.",
    change: "Change your password",
    changeLead:
      "Enter your user name. On the next page, you will enter your current password and your new password.",
  },
  signIn: {
    title: "Enter your password",
    userName: "User name",
    password: "Password",
    passwordHint:
      "The password of your work account. It is encrypted so that only your organisation’s server can check it.",
    submit: "Sign in",
    forgot: "Forgot your password, or locked out?",
    differentUser: "Use a different user name",
  },
  checking: {
    title: "Please wait",
    lead: "Your organisation’s server is checking your password.",
    refresh: "Refresh",
  },
  overview: {
    title: "Your verification methods",
    signedInAs: (name: string) => `Signed in as ${name}.`,
    lead: "If you forget your password, you use these methods to verify your identity.",
    enough: (ready: number, required: number) =>
      `You have ${countMethods(ready)} ready to use, and ${required} ${required === 1 ? "is" : "are"} required. You can reset your password yourself if you forget it.`,
    notEnough: (ready: number, required: number) =>
      `You have ${countMethods(ready)} ready to use, but ${required} ${required === 1 ? "is" : "are"} required. Add ${required - ready} more to be able to reset your password yourself.`,
    due: "Review the methods below. If they are correct, confirm this at the bottom of the page.",
    proofFirst: "Before you change your methods, you verify your identity once with one of them.",
    newWaits: (hours: number) =>
      `You have no method that can verify your identity yet. To protect your account, a method you add now can be used only after ${hours === 1 ? "1 hour" : `${hours} hours`}.`,
    waits: (time: string) => `can be used from ${time}`,
    ends: (time: string) => `will be removed on ${time}`,
    notAllowed:
      "Your organisation does not offer password reset for your account. You can change your password here.",
    managedBy: (organisation: string) => `managed by ${organisation}`,
    addedByYou: "added by you",
    confirmed: (date: string) => `confirmed on ${date}`,
    notConfirmed: "not confirmed",
    held: "changed recently: confirm it to use it now",
    replacedByOwn: "not used, because you added your own",
    notUsed: "no longer used by your organisation",
    notSetUp: "not set up",
    answered: (count: number) => (count === 1 ? "1 question" : `${count} questions`),
    codesLeft: (count: number) => (count === 1 ? "1 code left" : `${count} codes left`),
    confirmByText: "Confirm by text message",
    confirmByCall: "Confirm by call",
    confirmByEmail: "Confirm by email",
    add: "Add",
    useDifferent: "Use a different one",
    replace: "Replace",
    newCodes: "Get new codes",
    remove: "Remove",
    removeConsequence: "You will no longer be able to verify your identity with it.",
    removeWaits: (hours: number) =>
      `To protect your account, this takes effect only after ${hours === 1 ? "1 hour" : `${hours} hours`}, because you have not verified your identity with another method.`,
    removeNow: "Remove now",
    actionsFor: (name: string) => `Actions for ${name}`,
    confirmAll: "Confirm: this is up to date",
    lastConfirmed: (date: string) => `You last confirmed this on ${date}.`,
    nextConfirmation: (date: string) => `You will be asked to confirm it again on ${date}.`,
    changePassword: "Change my password",
  },
  done: {
    added: (name: string) => `${name}: set up. We will send you a message about this change.`,
    confirmed: (name: string) => `${name}: confirmed. We will send you a message about this change.`,
    removed: (name: string) => `${name}: removed. We will send you a message about this change.`,
    removal_waits: (name: string) =>
      `${name}: will be removed at the time shown below. We will send you a message about this change.`,
    reviewed: "Thank you. You confirmed that your verification methods are up to date.",
    proven: "Thank you. You can now change your verification methods.",
  },
  verify: {
    title: "Verify your identity",
    lead: "A password alone is not enough to change your verification methods. Choose a method to verify your identity.",
    legend: "Choose one",
    next: "Next",
    cannotUseAny: "I cannot use any of these",
  },
  number: {
    titleMobile: "Your mobile phone",
    titleOffice: "Your office phone",
    leadMobile:
      "This number replaces the one your organisation has on file for password resets. Only you can change it.",
    leadOffice: "This number replaces the one your organisation has on file for password resets.",
    label: "Phone number",
    hint: (national: string, international: string) => `For example ${national} or ${international}`,
    legend: "How do you want to get the code?",
    text: "By text message",
    call: "By call",
    send: "Send code",
  },
  email: {
    title: "Your alternate email address",
    lead: "Enter an address that you can open without your work password.",
    label: "Email address",
    send: "Send code",
  },
  code: {
    titleText: "Enter the code from the text message",
    titleCall: "Enter the code from the call",
    titleEmail: "Enter the code from the email",
    lead: (address: string) => `The code is on its way to ${address}.`,
    proof: (address: string) => `To verify your identity, we have sent a code to ${address}.`,
    label: "Code",
    hint: (minutes: number) => `This code expires in ${minutes === 1 ? "1 minute" : `${minutes} minutes`}.`,
    submit: "Verify code",
    resend: "Send a new code",
    resendIn: "Send a new code in {seconds} s",
    sendsLeft: (count: number) =>
      count === 1 ? "You can request 1 more code." : `You can request ${count} more codes.`,
    noSendsLeft: "You cannot request more codes. Cancel, and start again later.",
  },
  authenticator: {
    title: "Set up your authenticator app",
    lead: "You can use any app that generates one-time codes.",
    scan: "1. Scan this QR code with the app",
    picture: "QR code for your authenticator app",
    onThisDevice: "Open the app on this device",
    cannotScan: "I cannot scan the QR code",
    type: "Enter this key in the app (time-based, 6 digits):",
    enter: "2. Enter the code shown in the app",
    label: "Code",
    submit: "Verify code",
  },
  questions: {
    title: "Your security questions",
    lead: (count: number) =>
      `Choose ${count} questions and answer them. Upper or lower case, accents and spaces make no difference.`,
    advice:
      "Choose answers that other people do not know. They do not have to be true, but you must remember them.",
    question: (number: number) => `Question ${number}`,
    answer: (number: number) => `Answer ${number}`,
    save: "Save",
  },
  recoveryCodes: {
    title: "Your recovery codes",
    lead: "Print these codes or save them in a safe place. They are shown only once, and you can use each code only once.",
    replaces: "When you continue, your earlier recovery codes stop working.",
    list: "Recovery codes",
    print: "Print",
    download: "Download",
    fileName: "recovery-codes.txt",
    saved: "I have saved these codes",
  },
  change: {
    title: "Change your password",
    lead: "Enter your current password, then your new password twice.",
    mustChange:
      "Your organisation requires you to change your password. After that, sign in with the new password to review your verification methods.",
    rulesLater:
      "If your new password does not meet your organisation’s requirements, you will see which one it does not meet.",
    oldPasswordAgain:
      "Enter it again. It is encrypted together with your new password so that only your organisation’s server can read them.",
    oldPassword: "Current password",
    submit: "Change password",
    notAccepted: "Your password was not changed",
    back: "Back to your verification methods",
  },
  changing: {
    title: "Please wait",
    lead: "Your organisation’s server is changing your password. Keep this page open.",
    refresh: "Refresh",
  },
  changed: {
    title: "Your password has been changed",
    lead: "From now on, sign in with your new password. It may take a few minutes to work everywhere.",
    unexpectedMessage:
      "If you get a message about a change you did not make, contact your administrator now.",
    toOverview: "Review your verification methods",
  },
  unclear: {
    title: "Not confirmed yet",
    lead: "Your organisation’s server has not confirmed your new password. Try signing in with your new password first, then with your old one.",
    continue: "Continue",
  },
  ended: {
    title: "You are signed out",
    lead: "For your security, you are also signed out after a few minutes. Everything you set up has been saved.",
    causes: {
      password: "Your session was ended because the password of this account was just changed or reset.",
      methods:
        "Your session was ended because the verification methods of this account were changed in another session.",
      administrator: "Your session was ended by an administrator.",
    },
    notYou: "If you did not expect this, contact your administrator now.",
    signInAgain: "Sign in again",
    home: "Back to the start page",
  },
};

function countMethods(count: number): string {
  return count === 1 ? "1 verification method" : `${count} verification methods`;
}

/**
 * English texts of the reset portal, and of the pages that both portals share. The type of the other languages is taken from this
 * file (texts.ts), so they have the same keys, and a function wherever this file has one.
 */
import type { Method } from "../../../shared/methods.ts";
import type { RefusalCode } from "../refusal-code.ts";

const refusals: Record<RefusalCode, string> = {
  ACCOUNT_PROTECTED:
    "This is a privileged account, so it cannot be managed here. Contact your administrator.",
  ACCOUNT_DISABLED: "This account is disabled. Ask your administrator to enable it.",
  ACCOUNT_EXPIRED: "This account has expired. Ask your administrator to extend it.",
  ACCOUNT_STATE_UNREADABLE: "It cannot be seen whether this account is open. Ask your administrator.",
  ACCOUNT_OUT_OF_SCOPE: "This account cannot be managed here. Contact your administrator.",
  ACCOUNT_DENIED: "This account cannot be managed here. Contact your administrator.",
  PROTECTION_UNKNOWN: "This account cannot be managed here at the moment. Contact your administrator.",
  TOO_MANY_WRITES:
    "You have tried too many new passwords in a short time. Wait 15 minutes, then choose a password that meets the rules.",
  BRAKE_ENGAGED:
    "Too many passwords were reset in a short time, so password resets are paused. Try again later.",
  WRITEBACK_DISABLED: "Passwords cannot be changed here at the moment. Contact your administrator.",
  JOB_SIGNATURE_INVALID: "Your organisation’s server did not accept the request. Contact your administrator.",
  SEAL_INVALID: "Your password could not be decrypted. Enter it again.",
  PASSWORD_BANNED: "This password is too easy to guess. Choose a different password.",
  PASSWORD_OWN_NAME: "This password is little more than your name. Choose a password without your name.",
  PASSWORD_BREACHED:
    "This password has appeared in a data breach. Choose a password that you do not use anywhere else.",
  PASSWORD_EMPTY: "Enter a password.",
  PASSWORD_TOO_SHORT: "This password is too short. Choose a longer password.",
  PASSWORD_TOO_LONG: "This password is too long. Choose a shorter password.",
  PASSWORD_COMPLEXITY:
    "This password is not complex enough, or it contains your name. Use uppercase letters, lowercase letters, numbers and symbols, and leave your name out.",
  PASSWORD_IN_HISTORY: "You have used this password before. Choose a new password.",
  PASSWORD_TOO_YOUNG: "Your password was changed recently and cannot be changed again yet. Try again later.",
  PASSWORD_POLICY:
    "This password does not meet your organisation’s requirements. Choose a password that is longer, has more types of characters and that you have not used before.",
  PASSWORD_CHANGE_FORBIDDEN:
    "The password for this account cannot be changed here. Contact your administrator.",
  OLD_PASSWORD_WRONG: "Your current password is incorrect. Enter it again.",
  DIRECTORY_ACCESS_DENIED:
    "Your organisation’s server does not have permission to change this password. Contact your administrator.",
  DIRECTORY_UNSUPPORTED: "Your organisation’s server does not support this. Contact your administrator.",
  DIRECTORY_REFERRAL:
    "Your organisation’s server could not complete the request. Contact your administrator.",
  DIRECTORY_ERROR:
    "Your organisation’s server reported an error. Try again later, or contact your administrator.",
  DIRECTORY_USER_NOT_FOUND: "This account no longer exists. Contact your administrator.",
  VERDICT_UNKNOWN:
    "Your organisation’s server did not confirm the change. Try signing in with your new password. If that does not work, try again.",
  NOT_APPLIED: "Nothing was changed. Try again.",
  AGENT_OFFLINE: "Your organisation’s server cannot be reached at the moment. Try again in a few minutes.",
  JOB_EXPIRED: "Your organisation’s server did not respond in time. Nothing was changed. Try again.",
  JOB_CANCELLED: "The request was cancelled. Nothing was changed. Try again.",
  JOB_SUPERSEDED: "A newer request replaced this one. This request changed nothing.",
  QUEUE_FULL:
    "Too many people are using this service at the moment. Nothing was changed. Try again in a minute.",
  TIMEOUT: "The request timed out. Try again.",
  NOT_SEALED_TO_AGENT:
    "Your organisation’s server was replaced while you were on this page. Enter the password again.",
  WRITEBACK_DRAFT_INVALID: "This page was open for too long. Enter the password again.",
  RATE_LIMITED: "Too many attempts in a short time. Wait a while, then try again.",
  STORE_UNAVAILABLE: "The service is temporarily unavailable. Try again.",
};

const methods: Record<Method, string> = {
  text: "Text message to my mobile phone",
  call: "Call to my mobile phone",
  office_call: "Call to my office phone",
  email: "Email to my alternate address",
  authenticator: "Authenticator app",
  recovery_code: "Recovery code",
  questions: "Security questions",
};

export const en = {
  site: {
    errorPrefix: "Error",
    skip: "Skip to main content",
    languages: "Language",
    requestId: (id: string) => `Reference for your administrator: ${id}`,
    home: "Back to the start page",
    step: (step: number, of: number) => `Step ${step} of ${of}`,
  },
  landing: {
    title: "Help with your password",
    lead: "What do you want to do?",
    forgot: "I forgot my password",
    forgotHint: "Verify your identity and choose a new password",
    locked: "I know my password, but my account is locked",
    lockedHint: "Unlock your account and keep your password",
    register: "Set up my verification methods",
    registerHint: "Check your phone numbers and add other methods while you can still sign in",
    change: "Change my password",
    changeHint: "You need your current password",
  },
  start: {
    title: "Get back into your account",
    lead: "Enter your user name. Next, you will verify your identity.",
    userName: "User name",
    userNameHint: "The name you sign in with, for example name@example.com",
    userNameMissing: "Enter your user name.",
    userNameInvalid:
      "This is not a valid user name. Enter the name you sign in with, for example name@example.com or COMPANY\\name.",
    next: "Next",
    unavailable: "Passwords cannot be reset at the moment",
    unavailableHint: "Your organisation’s server cannot be reached. Try again in a few minutes.",
  },
  captcha: {
    working: "Checking that you are not a robot…",
    ready: "Check complete.",
    failed: "The check failed. Answer the question below instead.",
    question: (a: string, b: string) => `What is ${a} plus ${b}?`,
    questionHint: "This question helps to block automated requests. Answer with a number or a word.",
    numbers: ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"].concat([
      "eleven",
      "twelve",
      "thirteen",
      "fourteen",
      "fifteen",
      "sixteen",
      "seventeen",
      "eighteen",
    ]),
  },
  reason: {
    title: "What do you need help with?",
    userName: "User name",
    legend: "Choose one",
    forgot: "I forgot my password",
    forgotHint: "Choose a new password",
    locked: "I know my password, but my account is locked",
    lockedHint: "Unlock your account and keep your password",
    next: "Next",
    cancel: "Cancel",
  },
  methods,
  choose: {
    title: "Verify your identity",
    lead: "Choose how you want to verify your identity.",
    titleSecond: "Verify your identity: second method",
    leadSecond: "Thank you. Your organisation requires a second, different verification method.",
    legend: "Choose one",
    toNumber: (digits: string) => `to the number ending in ${digits}`,
    byEmail: "to the email address your organisation has on file, or the one you added",
    byApp: "enter the code shown in your app",
    byRecoveryCode: "enter one of the codes you printed or saved",
    byQuestions: "answer the questions you chose",
    number: "Full phone number",
    numberHint: (digits: string) =>
      `The number ends in ${digits}. Enter all of it. Spaces and punctuation are ignored.`,
    next: "Next",
    cannotUseAny: "I cannot use any of these",
  },
  code: {
    titleText: "Enter the code from the text message",
    titleCall: "Enter the code from the call",
    titleEmail: "Enter the code from the email",
    leadText: (digits: string) =>
      `If the details you entered are correct, we have sent a code to the number ending in ${digits}.`,
    leadCall: (digits: string) =>
      `If the details you entered are correct, you will get a call on the number ending in ${digits}.`,
    leadEmail:
      "If we have an email address for you, we have sent a code to it. Check your spam folder as well.",
    label: "Code",
    hint: (minutes: number) => `This code expires in ${minutes === 1 ? "1 minute" : `${minutes} minutes`}.`,
    next: "Verify code",
    resend: "Send a new code",
    resendIn: "Send a new code in {seconds} s",
    sendsLeft: (count: number) =>
      count === 1 ? "You can request 1 more code." : `You can request ${count} more codes.`,
    noSendsLeft: "You cannot request more codes. If no code arrived, use a different method.",
    differentMethod: "Use a different method",
  },
  enter: {
    titleAuthenticator: "Enter the code from your authenticator app",
    leadAuthenticator: "Open your authenticator app and enter the 6-digit code it shows.",
    leadNextCode:
      "That code is correct. Because it is your only method, a second code is needed: wait until your app shows the next one, and enter it.",
    titleRecovery: "Enter a recovery code",
    leadRecovery: "Enter one of the codes you printed or saved. You can use each code only once.",
    label: "Code",
    next: "Verify code",
  },
  questions: {
    title: "Answer your security questions",
    lead: "Upper or lower case, accents and spaces make no difference.",
    next: "Submit answers",
  },
  password: {
    title: "Choose a new password",
    lead: "A few unrelated words make a password that is easy to remember and hard to guess.",
    rules: "Password requirements",
    minLength: (count: number) => `at least ${count} characters`,
    complexity: "at least three of: uppercase letters, lowercase letters, numbers, symbols",
    noName: "does not contain your name",
    history: (count: number) =>
      count === 1 ? "different from your last password" : `different from your last ${count} passwords`,
    minAge: "cannot be changed again straight away",
    newPassword: "New password",
    confirmPassword: "Confirm new password",
    next: "Set new password",
    notAccepted: "This password was not accepted",
    tooShort: (count: number) => `This password is too short. Use at least ${count} characters.`,
    inHistory: (count: number) =>
      count === 1
        ? "This is the same as your last password. Choose a new password."
        : `This is one of your last ${count} passwords. Choose a new password.`,
    tooYoung: (when: string) => `Your password was changed recently. You can change it again from ${when}.`,
  },
  unlock: {
    title: "Unlock your account",
    lead: "Your identity has been verified. Your password will stay the same.",
    next: "Unlock account",
  },
  paused: {
    title: "A short pause for your security",
    lead: "Somebody is trying to guess codes at the moment. You have verified your identity with your only method, so you can continue in about two minutes.",
  },
  waiting: {
    title: "Please wait",
    reset: "Your organisation’s server is setting your new password.",
    unlock: "Your organisation’s server is unlocking your account.",
    keepOpen: "Keep this page open.",
    refresh: "Refresh",
  },
  done: {
    titleReset: "Your password has been reset",
    leadReset: "You can now sign in with your new password. It may take a few minutes to work everywhere.",
    mustChange: "You will be asked to choose another password the next time you sign in.",
    titleUnlock: "Your account has been unlocked",
    leadUnlock: "You can now sign in with your password.",
    unexpectedMessage:
      "If you get a message about a change you did not make, contact your administrator now.",
    recentTitle: "Set up in the last 30 days",
    recentLead:
      "These verification methods were set up or confirmed for your account recently. If this was not you, contact your administrator now.",
    recentItem: (name: string, date: string) => `${name}, on ${date}`,
    close: "Close",
  },
  unclear: {
    title: "Not confirmed yet",
    reset:
      "Your organisation’s server has not confirmed your new password. Try signing in with your new password first, then with your old one.",
    unlock: "Your organisation’s server has not confirmed that your account is unlocked. Try signing in.",
    willNotify: "We will send you a message when we know the result. If you cannot sign in, start again.",
  },
  impossible: {
    title: "You cannot do this here",
    policy_group_missing: "This account cannot be managed here at the moment. Contact your administrator.",
    not_in_policy: "Your organisation does not offer this for your account.",
    unlock_off: "Your organisation does not offer account unlock. You can choose a new password instead.",
    too_few_methods:
      "You do not have enough verification methods. When you can sign in again, add more methods.",
    number_held: "Your phone number was changed recently. For your security, it cannot be used here yet.",
    user_gone: "This account no longer exists.",
    askAdministrator: "Contact your administrator for help.",
  },
  blocked: {
    title: "Too many attempts",
    lead: "For security reasons, this user name is temporarily blocked here.",
    tryAgain: (hours: number) => (hours === 1 ? "Try again in 1 hour." : `Try again in ${hours} hours.`),
    accountNotAffected:
      "The account itself is not affected: you can still sign in with the correct password.",
  },
  contact: {
    title: "Contact your administrator",
    link: "How to contact your administrator",
    message: "Message (optional)",
    messageHint: "Tell your administrator how to reach you. Do not include a password.",
    send: "Send",
    sent: "Your request has been submitted. If you do not get a reply, contact your organisation’s help desk.",
    sentTitle: "Thank you",
    helpDesk: "Contact your organisation’s help desk.",
    back: "Back",
  },
  problems: {
    title: "There is a problem",
    wrong_code: "This code is incorrect. Check the code and try again.",
    wrong_answers: "At least one answer is wrong. Try again.",
    code_expired: "This code has expired. Request a new one.",
    network_closed:
      "Too many wrong codes came from your network. Try again in an hour, or use another network, for example that of your phone.",
    work_needed: "After several wrong codes, a short check is needed with each code. Enter the code again.",
    too_many_sends: "You cannot request more codes this way. Use a different method.",
    resend_too_soon: "Wait a moment before you request another code.",
    number_invalid: "This is not a valid phone number. Enter the full number, including the area code.",
    method_used: "You have already used this method. Choose a different one.",
    stale: "This page was out of date. It may be open in another tab. Continue here.",
    passwords_differ: "The passwords do not match. Enter them again.",
    password_empty: "Enter a new password.",
    password_too_long: "This password is too long. Use no more than 256 characters.",
    not_applied: "Nothing was changed",
  },
  refusals,
  otherRefusal: "Something went wrong. Nothing was changed. Try again, or contact your administrator.",
  seal: {
    working: "Encrypting your password…",
    differ: "The passwords do not match.",
    empty: "Enter a password.",
    too_long: "This password is too long. Use no more than 256 characters.",
    failed: "Something went wrong. Check your connection and try again.",
  },
  meter: {
    score0: "Very weak",
    score1: "Weak",
    score2: "Fair",
    score3: "Strong",
    score4: "Very strong",
    warn_words: "Contains your name or your organisation’s name",
    warn_common: "This is a commonly used password",
    warn_spaces: "Starts or ends with a space, which is part of the password",
    warn_unusual: "Contains characters that may be hard to type on another keyboard",
  },
  show: { show: "Show", hide: "Hide", showLabel: "Show password", hideLabel: "Hide password" },
  ended: {
    title: "Session expired",
    lead: "Your session has expired. Start again to choose a new password.",
    causes: {
      password: "Your session was ended because the password of this account was just changed or reset.",
      methods:
        "Your session was ended because the verification methods of this account were changed in another session.",
      administrator: "Your session was ended by an administrator.",
    },
    notYou: "If you did not expect this, contact your administrator now.",
    startAgain: "Start again",
    closedTitle: "Session closed",
    closedLead: "You can now close this window.",
  },
  errors: {
    title: "Something went wrong",
    lead: "Try again in a moment. If the problem continues, give your administrator the reference below.",
    NOT_FOUND: { title: "Page not found", lead: "If you typed the web address, check that it is correct." },
    SESSION_ENDED: { title: "Session expired", lead: "Your session has expired. Start again." },
    RATE_LIMITED: {
      title: "Too many requests",
      lead: "There were too many requests from your network. Wait a while, then try again.",
    },
    FORM_REFUSED: {
      title: "Submit the form again",
      lead: "The page was open for too long, or your browser blocks cookies. Allow cookies, go back to the start page and try again.",
    },
    CAPTCHA_INVALID: {
      title: "We could not check that you are not a robot",
      lead: "The page may have been open for too long. Try again.",
    },
    TENANT_NOT_FOUND: {
      title: "Organisation not found",
      lead: "Enter your full user name, for example name@example.com.",
    },
    SELF_SERVICE_OFF: {
      title: "Your organisation does not offer this service",
      lead: "Contact your administrator for help with your password.",
    },
    AGENT_OFFLINE: {
      title: "Not available at the moment",
      lead: "Your organisation’s server cannot be reached. Try again in a few minutes.",
    },
    STORE_UNAVAILABLE: { title: "Service temporarily unavailable", lead: "Try again in a moment." },
    REQUEST_INVALID: {
      title: "The form could not be processed",
      lead: "Some of the information is not valid. Go back to the start page and try again.",
    },
    REQUEST_TOO_LARGE: { title: "Too much text", lead: "Go back and enter less text." },
  },
};

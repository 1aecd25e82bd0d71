/** Deutsch. */
import type { Texts } from "./texts.ts";

const refusals: Texts["refusals"] = {
  ACCOUNT_PROTECTED: "Dieses Konto hat besondere Rechte. Sein Passwort setzt die Administration.",
  ACCOUNT_DISABLED: "Dieses Konto ist deaktiviert. Bitten Sie die Administration, es zu aktivieren.",
  ACCOUNT_EXPIRED: "Dieses Konto ist abgelaufen. Bitten Sie die Administration, es zu verlängern.",
  ACCOUNT_OUT_OF_SCOPE: "Dieses Konto kann hier nicht zurückgesetzt werden. Fragen Sie die Administration.",
  ACCOUNT_DENIED: "Dieses Konto kann hier nicht zurückgesetzt werden. Fragen Sie die Administration.",
  BRAKE_ENGAGED:
    "In kurzer Zeit wurden zu viele Passwörter zurückgesetzt, deshalb ist dies angehalten. Versuchen Sie es später noch einmal.",
  WRITEBACK_DISABLED: "Passwörter können hier zurzeit nicht geändert werden. Fragen Sie die Administration.",
  JOB_SIGNATURE_INVALID:
    "Der Server Ihrer Organisation hat die Anfrage nicht angenommen. Fragen Sie die Administration.",
  SEAL_INVALID: "Das Passwort konnte nicht sicher gelesen werden. Geben Sie es noch einmal ein.",
  PASSWORD_BANNED:
    "Dieses Passwort steht auf einer Liste zu leicht erratbarer Passwörter. Wählen Sie ein anderes.",
  PASSWORD_BREACHED:
    "Dieses Passwort steht auf einer Liste gestohlener Passwörter. Wählen Sie eines, das Sie nirgends sonst benutzen.",
  PASSWORD_EMPTY: "Sie haben kein Passwort eingegeben. Wählen Sie eines.",
  PASSWORD_TOO_SHORT: "Dieses Passwort ist zu kurz. Wählen Sie ein längeres.",
  PASSWORD_TOO_LONG: "Dieses Passwort ist zu lang. Wählen Sie ein kürzeres.",
  PASSWORD_COMPLEXITY:
    "Dieses Passwort hat zu wenige Arten von Zeichen oder enthält Ihren Namen. Mischen Sie Großbuchstaben, Kleinbuchstaben, Ziffern und Sonderzeichen und lassen Sie Ihren Namen weg.",
  PASSWORD_IN_HISTORY: "Dieses Passwort haben Sie schon einmal benutzt. Wählen Sie ein neues.",
  PASSWORD_TOO_YOUNG: "Ihr Passwort wurde erst vor kurzem geändert. Versuchen Sie es später noch einmal.",
  PASSWORD_POLICY:
    "Die Regeln Ihrer Organisation lassen dieses Passwort nicht zu. Wählen Sie ein längeres mit mehr Arten von Zeichen, das Sie noch nicht benutzt haben.",
  PASSWORD_CHANGE_FORBIDDEN:
    "Das Passwort dieses Kontos kann hier nicht geändert werden. Fragen Sie die Administration.",
  OLD_PASSWORD_WRONG: "Das jetzige Passwort stimmt nicht. Geben Sie es noch einmal ein.",
  DIRECTORY_ACCESS_DENIED:
    "Der Server hat nicht das Recht, dieses Passwort zu ändern. Fragen Sie die Administration.",
  DIRECTORY_UNSUPPORTED: "Der Server kann das nicht. Fragen Sie die Administration.",
  DIRECTORY_REFERRAL: "Dem Server ist das nicht gelungen. Fragen Sie die Administration.",
  DIRECTORY_ERROR:
    "Der Server hat einen Fehler gemeldet. Versuchen Sie es später noch einmal oder fragen Sie die Administration.",
  DIRECTORY_USER_NOT_FOUND: "Dieses Konto gibt es nicht mehr. Fragen Sie die Administration.",
  VERDICT_UNKNOWN:
    "Der Server hat es nicht bestätigt. Probieren Sie das neue Passwort; geht es nicht, versuchen Sie es noch einmal.",
  NOT_APPLIED: "Es wurde nichts geändert. Versuchen Sie es noch einmal.",
  AGENT_OFFLINE:
    "Der Server Ihrer Organisation ist zurzeit nicht erreichbar. Versuchen Sie es in einigen Minuten noch einmal.",
  JOB_EXPIRED:
    "Der Server Ihrer Organisation hat nicht rechtzeitig geantwortet. Es wurde nichts geändert. Versuchen Sie es noch einmal.",
  JOB_CANCELLED: "Die Anfrage wurde abgebrochen. Es wurde nichts geändert. Versuchen Sie es noch einmal.",
  JOB_SUPERSEDED: "Eine neuere Anfrage hat diese ersetzt. Diese hat nichts geändert.",
  QUEUE_FULL:
    "Gerade gibt es sehr viele Anfragen. Es wurde nichts geändert. Versuchen Sie es in einer Minute noch einmal.",
  TIMEOUT: "Die Antwort kam nicht rechtzeitig. Versuchen Sie es noch einmal.",
  NOT_SEALED_TO_AGENT:
    "Der Server Ihrer Organisation wurde gerade gewechselt. Geben Sie das Passwort noch einmal ein.",
  WRITEBACK_DRAFT_INVALID: "Die Seite war zu lange offen. Geben Sie das Passwort noch einmal ein.",
  RATE_LIMITED: "Das war zu oft in kurzer Zeit. Warten Sie etwas und versuchen Sie es dann noch einmal.",
  STORE_UNAVAILABLE: "Der Dienst ist kurz unterbrochen. Versuchen Sie es noch einmal.",
};

const methods: Texts["methods"] = {
  text: "SMS an mein Mobiltelefon",
  call: "Anruf auf meinem Mobiltelefon",
  office_call: "Anruf auf meinem Telefon im Büro",
  email: "Code an meine andere E-Mail-Adresse",
  authenticator: "Authenticator-App",
  recovery_code: "Wiederherstellungscode",
  questions: "Meine Sicherheitsfragen",
};

export const de: Texts = {
  site: {
    problem: "Problem",
    skip: "Zum Inhalt",
    languages: "Sprache",
    requestId: (id) => `Kennzeichen für die Administration: ${id}`,
    home: "Zurück zum Anfang",
    step: (step, of) => `Schritt ${step} von ${of}`,
  },
  landing: {
    title: "Hilfe mit Ihrem Passwort",
    lead: "Was möchten Sie tun?",
    forgot: "Ich habe mein Passwort vergessen",
    forgotHint: "Weisen Sie sich aus und wählen Sie ein neues",
    locked: "Ich weiß mein Passwort, aber mein Konto ist gesperrt",
    lockedHint: "Entsperren Sie Ihr Konto und behalten Sie Ihr Passwort",
    register: "Einrichten, wie ich wieder hineinkomme",
    registerHint:
      "Prüfen Sie Ihre Telefonnummern und fügen Sie weitere Wege hinzu, solange Sie sich noch anmelden können",
    change: "Mein Passwort ändern",
    changeHint: "Mit dem Passwort, das Sie jetzt haben",
  },
  start: {
    title: "Wieder in Ihr Konto kommen",
    lead: "Geben Sie Ihren Benutzernamen ein. In den nächsten Schritten weisen Sie sich aus.",
    userName: "Benutzername",
    userNameHint: "Der Name, mit dem Sie sich anmelden, zum Beispiel name@example.com",
    userNameMissing: "Geben Sie Ihren Benutzernamen ein.",
    userNameInvalid: "Das ist kein Benutzername. Geben Sie den Namen ein, mit dem Sie sich anmelden.",
    next: "Weiter",
    unavailable: "Passwörter können zurzeit nicht geändert werden",
    unavailableHint:
      "Der Server Ihrer Organisation ist nicht erreichbar. Versuchen Sie es in einigen Minuten noch einmal.",
  },
  captcha: {
    working: "Es wird geprüft, dass Sie kein Roboter sind …",
    ready: "Die Prüfung ist fertig.",
    failed: "Die Prüfung ist nicht gelungen. Beantworten Sie die Frage unten.",
    question: (a, b) => `Wie viel ist ${a} plus ${b}?`,
    questionHint: "Das hält Roboter fern. Antworten Sie in Ziffern oder als Wort.",
    numbers: [
      "null",
      "eins",
      "zwei",
      "drei",
      "vier",
      "fünf",
      "sechs",
      "sieben",
      "acht",
      "neun",
      "zehn",
    ].concat(["elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn"]),
  },
  reason: {
    title: "Wo liegt die Schwierigkeit?",
    forUser: "Benutzername",
    legend: "Bitte wählen Sie",
    forgot: "Ich habe mein Passwort vergessen",
    forgotHint: "Sie wählen ein neues",
    locked: "Ich weiß mein Passwort, aber mein Konto ist gesperrt",
    lockedHint: "Ihr Konto wird entsperrt, Ihr Passwort bleibt",
    next: "Weiter",
    stop: "Beenden",
  },
  methods,
  choose: {
    title: "Weisen Sie sich aus",
    lead: "Wie möchten Sie das tun?",
    titleSecond: "Noch ein Nachweis",
    leadSecond: "Danke. Ihre Organisation verlangt einen zweiten Nachweis, auf einem anderen Weg.",
    legend: "Bitte wählen Sie",
    toNumber: (digits) => `an die Nummer, die auf ${digits} endet`,
    byEmail: "an die Adresse, die Ihre Organisation von Ihnen hat oder die Sie hinzugefügt haben",
    byApp: "geben Sie die Ziffern ein, die Ihre App zeigt",
    byRecoveryCode: "einer der Codes, die Sie gedruckt oder aufbewahrt haben",
    byQuestions: "beantworten Sie die Fragen, die Sie gewählt haben",
    number: "Die ganze Nummer",
    numberHint: (digits) =>
      `Sie endet auf ${digits}. Geben Sie sie ganz ein; Leerzeichen und Striche spielen keine Rolle.`,
    next: "Weiter",
    none: "Ich kann nichts davon nutzen",
  },
  code: {
    titleText: "Geben Sie den Code aus der SMS ein",
    titleCall: "Geben Sie den Code ein, den Sie hören",
    titleEmail: "Geben Sie den Code aus der E-Mail ein",
    leadText: (digits) =>
      `Wenn Ihre Angaben stimmen, ist ein Code unterwegs an die Nummer, die auf ${digits} endet.`,
    leadCall: (digits) =>
      `Wenn Ihre Angaben stimmen, klingelt gleich das Telefon mit der Nummer, die auf ${digits} endet.`,
    leadEmail:
      "Wenn eine Adresse von Ihnen bekannt ist, ist ein Code dorthin unterwegs. Sehen Sie auch im Spam nach.",
    label: "Code",
    hint: (minutes) => `Er gilt ${minutes} ${minutes === 1 ? "Minute" : "Minuten"}.`,
    next: "Code prüfen",
    resend: "Noch einmal senden",
    resendIn: "Noch einmal senden in {seconds} s",
    sendsLeft: (count) => (count === 1 ? "Das geht noch einmal." : `Das geht noch ${count}-mal.`),
    noSendsLeft: "Noch einmal senden geht nicht. Wählen Sie einen anderen Weg, wenn kein Code gekommen ist.",
    another: "Einen anderen Weg wählen",
  },
  enter: {
    titleAuthenticator: "Geben Sie den Code Ihrer App ein",
    leadAuthenticator:
      "Öffnen Sie Ihre Authenticator-App und geben Sie die sechs Ziffern ein, die sie zeigt.",
    titleRecovery: "Geben Sie einen Wiederherstellungscode ein",
    leadRecovery: "Nehmen Sie einen der Codes, die Sie gedruckt oder aufbewahrt haben. Jeder gilt einmal.",
    label: "Code",
    next: "Code prüfen",
  },
  questions: {
    title: "Beantworten Sie Ihre Fragen",
    lead: "Groß- und Kleinschreibung, Akzente und Leerzeichen spielen keine Rolle.",
    next: "Antworten prüfen",
  },
  password: {
    title: "Wählen Sie ein neues Passwort",
    lead: "Einige Wörter, die nur Sie so zusammenstellen würden, sind leicht zu merken und schwer zu erraten.",
    rules: "Die Regeln Ihrer Organisation",
    minLength: (count) => `mindestens ${count} Zeichen`,
    complexity: "mindestens drei von: Großbuchstaben, Kleinbuchstaben, Ziffern, Sonderzeichen",
    noName: "ohne Ihren Namen",
    history: (count) => `keines Ihrer letzten ${count}`,
    minAge: "nicht gleich nach einer Änderung noch einmal geändert",
    newPassword: "Neues Passwort",
    repeated: "Noch einmal dasselbe",
    next: "Passwort setzen",
    notAccepted: "Dieses Passwort wurde nicht angenommen",
    tooShort: (count) => `Dieses Passwort ist zu kurz: Es braucht mindestens ${count} Zeichen.`,
    inHistory: (count) => `Das ist eines Ihrer letzten ${count} Passwörter. Wählen Sie ein neues.`,
    tooYoung: (when) => `Ihr Passwort wurde erst vor kurzem geändert. Wieder möglich ist es ab ${when}.`,
  },
  unlock: {
    title: "Entsperren Sie Ihr Konto",
    lead: "Danke, Sie haben sich ausgewiesen. Ihr Passwort bleibt, wie es ist.",
    next: "Jetzt entsperren",
  },
  waiting: {
    title: "Einen Moment",
    reset: "Ihr neues Passwort ist unterwegs zum Server Ihrer Organisation.",
    unlock: "Der Server Ihrer Organisation entsperrt Ihr Konto.",
    hint: "Bitte lassen Sie diese Seite offen.",
    reload: "Noch einmal nachsehen",
  },
  done: {
    titleReset: "Ihr neues Passwort ist gesetzt",
    leadReset:
      "Sie können sich jetzt damit anmelden. Bis jedes Programm es kennt, kann es einige Minuten dauern.",
    mustChange: "Bei der nächsten Anmeldung werden Sie gebeten, ein anderes zu wählen.",
    titleUnlock: "Ihr Konto ist entsperrt",
    leadUnlock: "Sie können sich jetzt mit Ihrem Passwort anmelden.",
    mail: "Sie bekommen dazu eine E-Mail. Waren Sie es nicht? Sagen Sie es sofort der Administration.",
    close: "Schließen",
  },
  unclear: {
    title: "Es ist noch nicht sicher",
    reset:
      "Der Server hat Ihr neues Passwort nicht bestätigt. Versuchen Sie sich mit dem neuen anzumelden, dann mit dem alten.",
    unlock: "Der Server hat das Entsperren nicht bestätigt. Versuchen Sie sich anzumelden.",
    later:
      "Sobald es feststeht, bekommen Sie eine E-Mail. Können Sie sich nicht anmelden, beginnen Sie von vorn.",
  },
  impossible: {
    title: "Das geht hier nicht",
    not_in_policy: "Ihre Organisation bietet dies für Ihr Konto nicht an.",
    unlock_off:
      "Ihre Organisation bietet das Entsperren hier nicht an. Sie können stattdessen ein neues Passwort wählen.",
    too_few_methods:
      "Es gibt zu wenige Wege, sich auszuweisen. Fügen Sie welche hinzu, sobald Sie sich wieder anmelden können.",
    number_held:
      "Ihre Telefonnummer wurde erst vor kurzem geändert. Zur Sicherheit kann sie hier eine Zeit lang nicht benutzt werden.",
    user_gone: "Dieses Konto gibt es nicht mehr.",
    askAdministrator: "Die Administration kann Ihnen helfen.",
  },
  blocked: {
    title: "Zu viele Versuche",
    lead: "Zur Sicherheit ist die Hilfe für diesen Benutzernamen eine Zeit lang geschlossen.",
    again: (hours) =>
      hours === 1
        ? "Versuchen Sie es in einer Stunde noch einmal."
        : `Versuchen Sie es in ${hours} Stunden noch einmal.`,
    account: "Ihr Konto selbst ist nicht betroffen: Mit dem richtigen Passwort können Sie sich anmelden.",
  },
  contact: {
    title: "Fragen Sie die Administration",
    link: "So erreichen Sie die Administration",
    message: "Ihre Nachricht (nicht nötig)",
    messageHint: "Wie kann man Sie erreichen? Schreiben Sie hier niemals ein Passwort.",
    send: "Senden",
    sent: "Ihre Nachricht ist gesendet, wenn sie angenommen werden konnte. Jemand meldet sich bei Ihnen.",
    sentTitle: "Danke",
    none: "Rufen Sie den Helpdesk Ihrer Organisation an oder gehen Sie dort vorbei.",
    back: "Zurück",
  },
  problems: {
    title: "Das hat nicht geklappt",
    wrong_code: "Dieser Code stimmt nicht. Sehen Sie noch einmal nach oder lassen Sie einen neuen senden.",
    wrong_answers: "Die Antworten stimmen nicht alle. Versuchen Sie es noch einmal.",
    code_expired: "Dieser Code gilt nicht mehr. Lassen Sie einen neuen senden.",
    too_many_sends: "Auf diesem Weg können keine Codes mehr gesendet werden. Wählen Sie einen anderen.",
    resend_too_soon: "Warten Sie einen Moment, bevor Sie noch einen Code senden lassen.",
    number_invalid: "Das ist keine Telefonnummer. Geben Sie sie ganz ein, mit der Vorwahl.",
    method_used: "Diesen Weg haben Sie schon benutzt. Wählen Sie einen anderen.",
    stale: "Diese Seite war veraltet, vielleicht wegen eines zweiten Tabs. Hier geht es weiter.",
    passwords_differ: "Die beiden Passwörter sind nicht gleich. Geben Sie sie noch einmal ein.",
    password_empty: "Geben Sie ein neues Passwort ein.",
    password_too_long: "Dieses Passwort ist zu lang. Wählen Sie eines mit höchstens 256 Zeichen.",
    not_applied: "Es wurde nichts geändert",
  },
  refusals,
  refusalOther:
    "Es hat nicht geklappt. Es wurde nichts geändert. Versuchen Sie es noch einmal oder fragen Sie die Administration.",
  seal: {
    working: "Ihr Passwort wird versiegelt …",
    differ: "Die beiden Passwörter sind nicht gleich.",
    empty: "Geben Sie ein Passwort ein.",
    too_long: "Dieses Passwort ist zu lang: höchstens 256 Zeichen.",
    failed: "Das hat nicht geklappt. Prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.",
  },
  meter: {
    score0: "Sehr leicht zu erraten",
    score1: "Leicht zu erraten",
    score2: "Könnte stärker sein",
    score3: "Stark",
    score4: "Sehr stark",
    warn_words: "Enthält einen Namen oder ein Wort Ihrer Organisation",
    warn_common: "Gehört zu den meistbenutzten Passwörtern",
    warn_spaces: "Beginnt oder endet mit einem Leerzeichen: Es zählt mit",
    warn_unusual: "Enthält Buchstaben, die auf anderen Tastaturen anders sein können",
  },
  show: {
    show: "Zeigen",
    hide: "Verbergen",
    showLabel: "Das Passwort zeigen",
    hideLabel: "Das Passwort verbergen",
  },
  ended: {
    title: "Ihre Sitzung ist zu Ende",
    lead: "Zur Sicherheit endet sie nach einigen Minuten oder wenn Sie in einem anderen Browser weitermachen. Verloren ist nur etwas Zeit.",
    again: "Von vorn beginnen",
    closedTitle: "Geschlossen",
    closedLead: "Sie können dieses Fenster jetzt schließen.",
  },
  errors: {
    title: "Etwas ist schiefgegangen",
    lead: "Versuchen Sie es gleich noch einmal. Bleibt es so, nennen Sie der Administration das Kennzeichen unten.",
    NOT_FOUND: { title: "Diese Seite gibt es nicht", lead: "Vielleicht ist die Adresse vertippt." },
    SESSION_ENDED: {
      title: "Die Sitzung ist abgelaufen",
      lead: "Ihre Sitzung ist abgelaufen. Beginnen Sie von vorn.",
    },
    RATE_LIMITED: {
      title: "Zu viele Versuche von hier",
      lead: "Aus Ihrem Netz kamen sehr viele Anfragen. Warten Sie etwas und versuchen Sie es dann noch einmal.",
    },
    FORM_REFUSED: {
      title: "Bitte senden Sie das Formular noch einmal",
      lead: "Es war zu lange offen, oder Cookies sind ausgeschaltet. Gehen Sie zum Anfang zurück und versuchen Sie es mit erlaubten Cookies noch einmal.",
    },
    CAPTCHA_INVALID: {
      title: "Die Prüfung gegen Roboter ist nicht gelungen",
      lead: "Vielleicht war die Seite zu lange offen. Versuchen Sie es noch einmal: Eine neue Prüfung steht bereit.",
    },
    TENANT_NOT_FOUND: {
      title: "Diese Organisation ist hier nicht bekannt",
      lead: "Geben Sie Ihren Benutzernamen ganz ein, zum Beispiel name@example.com.",
    },
    SELF_SERVICE_OFF: {
      title: "Ihre Organisation bietet dies nicht an",
      lead: "Bitten Sie die Administration um Hilfe mit Ihrem Passwort.",
    },
    AGENT_OFFLINE: {
      title: "Das geht zurzeit nicht",
      lead: "Der Server Ihrer Organisation ist nicht erreichbar. Versuchen Sie es in einigen Minuten noch einmal.",
    },
    STORE_UNAVAILABLE: { title: "Eine kurze Unterbrechung", lead: "Versuchen Sie es gleich noch einmal." },
    REQUEST_INVALID: {
      title: "Das Formular konnte nicht gelesen werden",
      lead: "Etwas darin passt nicht. Gehen Sie zum Anfang zurück und versuchen Sie es noch einmal.",
    },
    REQUEST_TOO_LARGE: { title: "Das war zu viel Text", lead: "Gehen Sie zurück und schreiben Sie weniger." },
  },
};

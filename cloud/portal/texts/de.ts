/** German texts of the reset portal, and of the pages that both portals share. */
import type { Texts } from "./texts.ts";

const refusals: Texts["refusals"] = {
  ACCOUNT_PROTECTED:
    "Dies ist ein privilegiertes Konto und kann hier nicht verwaltet werden. Wenden Sie sich an Ihren Administrator.",
  ACCOUNT_DISABLED: "Dieses Konto ist deaktiviert. Bitten Sie Ihren Administrator, es zu aktivieren.",
  ACCOUNT_EXPIRED: "Dieses Konto ist abgelaufen. Bitten Sie Ihren Administrator, es zu verlängern.",
  ACCOUNT_STATE_UNREADABLE:
    "Es ist nicht erkennbar, ob dieses Konto offen ist. Wenden Sie sich an Ihren Administrator.",
  ACCOUNT_OUT_OF_SCOPE:
    "Dieses Konto kann hier nicht verwaltet werden. Wenden Sie sich an Ihren Administrator.",
  ACCOUNT_DENIED: "Dieses Konto kann hier nicht verwaltet werden. Wenden Sie sich an Ihren Administrator.",
  PROTECTION_UNKNOWN:
    "Dieses Konto kann hier zurzeit nicht verwaltet werden. Wenden Sie sich an Ihren Administrator.",
  TOO_MANY_WRITES:
    "Sie haben in kurzer Zeit zu viele neue Passwörter versucht. Warten Sie 15 Minuten, und wählen Sie dann ein Passwort, das den Regeln entspricht.",
  BRAKE_ENGAGED:
    "In kurzer Zeit wurden zu viele Passwörter zurückgesetzt. Das Zurücksetzen ist deshalb vorübergehend angehalten. Versuchen Sie es später erneut.",
  WRITEBACK_DISABLED:
    "Passwörter können hier zurzeit nicht geändert werden. Wenden Sie sich an Ihren Administrator.",
  JOB_SIGNATURE_INVALID:
    "Der Server Ihrer Organisation hat die Anfrage nicht angenommen. Wenden Sie sich an Ihren Administrator.",
  SEAL_INVALID: "Ihr Passwort konnte nicht entschlüsselt werden. Geben Sie es erneut ein.",
  PASSWORD_BANNED: "Dieses Passwort ist zu leicht zu erraten. Wählen Sie ein anderes Passwort.",
  PASSWORD_OWN_NAME:
    "Dieses Passwort besteht fast nur aus Ihrem Namen. Wählen Sie ein Passwort ohne Ihren Namen.",
  PASSWORD_BREACHED:
    "Dieses Passwort ist bei einem Datenleck bekannt geworden. Wählen Sie ein Passwort, das Sie nirgendwo sonst verwenden.",
  PASSWORD_EMPTY: "Geben Sie ein Passwort ein.",
  PASSWORD_TOO_SHORT: "Dieses Passwort ist zu kurz. Wählen Sie ein längeres Passwort.",
  PASSWORD_TOO_LONG: "Dieses Passwort ist zu lang. Wählen Sie ein kürzeres Passwort.",
  PASSWORD_COMPLEXITY:
    "Dieses Passwort ist nicht komplex genug oder enthält Ihren Namen. Verwenden Sie Großbuchstaben, Kleinbuchstaben, Ziffern und Sonderzeichen, aber nicht Ihren Namen.",
  PASSWORD_IN_HISTORY: "Dieses Passwort haben Sie bereits verwendet. Wählen Sie ein neues Passwort.",
  PASSWORD_TOO_YOUNG:
    "Ihr Passwort wurde erst kürzlich geändert und kann noch nicht erneut geändert werden. Versuchen Sie es später erneut.",
  PASSWORD_POLICY:
    "Dieses Passwort entspricht nicht den Anforderungen Ihrer Organisation. Wählen Sie ein längeres Passwort mit mehr Arten von Zeichen, das Sie noch nicht verwendet haben.",
  PASSWORD_CHANGE_FORBIDDEN:
    "Das Passwort dieses Kontos kann hier nicht geändert werden. Wenden Sie sich an Ihren Administrator.",
  OLD_PASSWORD_WRONG: "Ihr aktuelles Passwort ist falsch. Geben Sie es erneut ein.",
  DIRECTORY_ACCESS_DENIED:
    "Der Server Ihrer Organisation ist nicht berechtigt, dieses Passwort zu ändern. Wenden Sie sich an Ihren Administrator.",
  DIRECTORY_UNSUPPORTED:
    "Der Server Ihrer Organisation unterstützt dies nicht. Wenden Sie sich an Ihren Administrator.",
  DIRECTORY_REFERRAL:
    "Der Server Ihrer Organisation konnte die Anfrage nicht ausführen. Wenden Sie sich an Ihren Administrator.",
  DIRECTORY_ERROR:
    "Der Server Ihrer Organisation hat einen Fehler gemeldet. Versuchen Sie es später erneut, oder wenden Sie sich an Ihren Administrator.",
  DIRECTORY_USER_NOT_FOUND: "Dieses Konto ist nicht mehr vorhanden. Wenden Sie sich an Ihren Administrator.",
  VERDICT_UNKNOWN:
    "Der Server Ihrer Organisation hat die Änderung nicht bestätigt. Versuchen Sie, sich mit Ihrem neuen Passwort anzumelden. Wenn das nicht funktioniert, versuchen Sie es erneut.",
  NOT_APPLIED: "Es wurde nichts geändert. Versuchen Sie es erneut.",
  AGENT_OFFLINE:
    "Der Server Ihrer Organisation ist zurzeit nicht erreichbar. Versuchen Sie es in einigen Minuten erneut.",
  JOB_EXPIRED:
    "Der Server Ihrer Organisation hat nicht rechtzeitig geantwortet. Es wurde nichts geändert. Versuchen Sie es erneut.",
  JOB_CANCELLED: "Die Anfrage wurde abgebrochen. Es wurde nichts geändert. Versuchen Sie es erneut.",
  JOB_SUPERSEDED: "Diese Anfrage wurde durch eine neuere ersetzt und hat nichts geändert.",
  QUEUE_FULL:
    "Zurzeit nutzen zu viele Personen diesen Dienst. Es wurde nichts geändert. Versuchen Sie es in einer Minute erneut.",
  TIMEOUT: "Bei der Anfrage ist eine Zeitüberschreitung aufgetreten. Versuchen Sie es erneut.",
  NOT_SEALED_TO_AGENT:
    "Der Server Ihrer Organisation wurde ersetzt, während diese Seite geöffnet war. Geben Sie das Passwort erneut ein.",
  WRITEBACK_DRAFT_INVALID: "Diese Seite war zu lange geöffnet. Geben Sie das Passwort erneut ein.",
  RATE_LIMITED: "Zu viele Versuche in kurzer Zeit. Warten Sie eine Weile, und versuchen Sie es dann erneut.",
  STORE_UNAVAILABLE: "Der Dienst ist vorübergehend nicht verfügbar. Versuchen Sie es erneut.",
};

const methods: Texts["methods"] = {
  text: "SMS an mein Mobiltelefon",
  call: "Anruf auf meinem Mobiltelefon",
  office_call: "Anruf auf meinem Bürotelefon",
  email: "E-Mail an meine alternative Adresse",
  authenticator: "Authenticator-App",
  recovery_code: "Wiederherstellungscode",
  questions: "Sicherheitsfragen",
};

export const de: Texts = {
  site: {
    errorPrefix: "Fehler",
    skip: "Zum Inhalt springen",
    languages: "Sprache",
    requestId: (id) => `Referenz für Ihren Administrator: ${id}`,
    home: "Zurück zur Startseite",
    step: (step, of) => `Schritt ${step} von ${of}`,
  },
  landing: {
    title: "Hilfe zu Ihrem Passwort",
    lead: "Was möchten Sie tun?",
    forgot: "Ich habe mein Passwort vergessen",
    forgotHint: "Identität bestätigen und ein neues Passwort wählen",
    locked: "Ich kenne mein Passwort, aber mein Konto ist gesperrt",
    lockedHint: "Konto entsperren und Passwort behalten",
    register: "Meine Bestätigungsmethoden einrichten",
    registerHint:
      "Prüfen Sie Ihre Telefonnummern und fügen Sie weitere Methoden hinzu, solange Sie sich noch anmelden können",
    change: "Mein Passwort ändern",
    changeHint: "Sie benötigen Ihr aktuelles Passwort",
  },
  start: {
    title: "Wieder Zugriff auf Ihr Konto erhalten",
    lead: "Geben Sie Ihren Benutzernamen ein. Anschließend bestätigen Sie Ihre Identität.",
    userName: "Benutzername",
    userNameHint: "Der Name, mit dem Sie sich anmelden, zum Beispiel name@example.com",
    userNameMissing: "Geben Sie Ihren Benutzernamen ein.",
    userNameInvalid:
      "Dies ist kein gültiger Benutzername. Geben Sie den Namen ein, mit dem Sie sich anmelden, zum Beispiel name@example.com oder FIRMA\\name.",
    next: "Weiter",
    unavailable: "Passwörter können zurzeit nicht zurückgesetzt werden",
    unavailableHint:
      "Der Server Ihrer Organisation ist nicht erreichbar. Versuchen Sie es in einigen Minuten erneut.",
  },
  captcha: {
    working: "Es wird geprüft, dass Sie kein Roboter sind…",
    ready: "Prüfung abgeschlossen.",
    failed: "Die Prüfung ist fehlgeschlagen. Beantworten Sie stattdessen die folgende Frage.",
    question: (a, b) => `Wie viel ist ${a} plus ${b}?`,
    questionHint:
      "Diese Frage hilft, automatisierte Anfragen abzuwehren. Antworten Sie mit einer Zahl oder einem Wort.",
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
    title: "Wobei benötigen Sie Hilfe?",
    userName: "Benutzername",
    legend: "Bitte auswählen",
    forgot: "Ich habe mein Passwort vergessen",
    forgotHint: "Ein neues Passwort wählen",
    locked: "Ich kenne mein Passwort, aber mein Konto ist gesperrt",
    lockedHint: "Konto entsperren und Passwort behalten",
    next: "Weiter",
    cancel: "Abbrechen",
  },
  methods,
  choose: {
    title: "Identität bestätigen",
    lead: "Wählen Sie, wie Sie Ihre Identität bestätigen möchten.",
    titleSecond: "Identität bestätigen: zweite Methode",
    leadSecond: "Vielen Dank. Ihre Organisation verlangt eine zweite, andere Bestätigungsmethode.",
    legend: "Bitte auswählen",
    toNumber: (digits) => `an die Nummer, die auf ${digits} endet`,
    byEmail: "an die E-Mail-Adresse, die Ihrer Organisation bekannt ist, oder an die von Ihnen hinzugefügte",
    byApp: "den Code eingeben, den Ihre App anzeigt",
    byRecoveryCode: "einen der Codes eingeben, die Sie ausgedruckt oder gespeichert haben",
    byQuestions: "die Fragen beantworten, die Sie ausgewählt haben",
    number: "Vollständige Telefonnummer",
    numberHint: (digits) =>
      `Die Nummer endet auf ${digits}. Geben Sie die vollständige Nummer ein. Leerzeichen und Satzzeichen werden ignoriert.`,
    next: "Weiter",
    cannotUseAny: "Ich kann keine dieser Methoden verwenden",
  },
  code: {
    titleText: "Code aus der SMS eingeben",
    titleCall: "Code aus dem Anruf eingeben",
    titleEmail: "Code aus der E-Mail eingeben",
    leadText: (digits) =>
      `Wenn Ihre Angaben richtig sind, haben wir einen Code an die Nummer gesendet, die auf ${digits} endet.`,
    leadCall: (digits) =>
      `Wenn Ihre Angaben richtig sind, erhalten Sie einen Anruf unter der Nummer, die auf ${digits} endet.`,
    leadEmail:
      "Wenn uns eine E-Mail-Adresse von Ihnen bekannt ist, haben wir einen Code dorthin gesendet. Sehen Sie auch im Spamordner nach.",
    label: "Code",
    hint: (minutes) => `Dieser Code läuft in ${minutes === 1 ? "1 Minute" : `${minutes} Minuten`} ab.`,
    next: "Code prüfen",
    resend: "Neuen Code senden",
    resendIn: "Neuen Code senden in {seconds} s",
    sendsLeft: (count) =>
      count === 1 ? "Sie können noch 1 Code anfordern." : `Sie können noch ${count} Codes anfordern.`,
    noSendsLeft:
      "Sie können keine weiteren Codes anfordern. Wenn Sie keinen Code erhalten haben, verwenden Sie eine andere Methode.",
    differentMethod: "Andere Methode verwenden",
  },
  enter: {
    titleAuthenticator: "Code aus Ihrer Authenticator-App eingeben",
    leadAuthenticator:
      "Öffnen Sie Ihre Authenticator-App, und geben Sie den 6-stelligen Code ein, den sie anzeigt.",
    leadNextCode:
      "Dieser Code ist richtig. Da dies Ihre einzige Methode ist, wird ein zweiter Code benötigt: Warten Sie, bis Ihre App den nächsten anzeigt, und geben Sie ihn ein.",
    titleRecovery: "Wiederherstellungscode eingeben",
    leadRecovery:
      "Geben Sie einen der Codes ein, die Sie ausgedruckt oder gespeichert haben. Jeder Code kann nur einmal verwendet werden.",
    label: "Code",
    next: "Code prüfen",
  },
  questions: {
    title: "Sicherheitsfragen beantworten",
    lead: "Groß- und Kleinschreibung, Akzente und Leerzeichen spielen keine Rolle.",
    next: "Antworten senden",
  },
  password: {
    title: "Neues Passwort wählen",
    lead: "Einige Wörter ohne Zusammenhang ergeben ein Passwort, das leicht zu merken und schwer zu erraten ist.",
    rules: "Anforderungen an das Passwort",
    minLength: (count) => `mindestens ${count} Zeichen`,
    complexity: "mindestens drei von: Großbuchstaben, Kleinbuchstaben, Ziffern, Sonderzeichen",
    noName: "enthält nicht Ihren Namen",
    history: (count) =>
      count === 1 ? "anders als Ihr letztes Passwort" : `anders als Ihre letzten ${count} Passwörter`,
    minAge: "kann nicht sofort wieder geändert werden",
    newPassword: "Neues Passwort",
    confirmPassword: "Neues Passwort bestätigen",
    next: "Neues Passwort festlegen",
    notAccepted: "Dieses Passwort wurde nicht akzeptiert",
    tooShort: (count) => `Dieses Passwort ist zu kurz. Verwenden Sie mindestens ${count} Zeichen.`,
    inHistory: (count) =>
      count === 1
        ? "Dies ist Ihr letztes Passwort. Wählen Sie ein neues Passwort."
        : `Dies ist eines Ihrer letzten ${count} Passwörter. Wählen Sie ein neues Passwort.`,
    tooYoung: (when) => `Ihr Passwort wurde erst kürzlich geändert. Sie können es ab ${when} erneut ändern.`,
  },
  unlock: {
    title: "Konto entsperren",
    lead: "Ihre Identität wurde bestätigt. Ihr Passwort bleibt unverändert.",
    next: "Konto entsperren",
  },
  paused: {
    title: "Eine kurze Pause zu Ihrer Sicherheit",
    lead: "Zurzeit versucht jemand, Codes zu erraten. Sie haben Ihre Identität mit Ihrer einzigen Methode bestätigt. In etwa zwei Minuten können Sie fortfahren.",
  },
  waiting: {
    title: "Bitte warten",
    reset: "Der Server Ihrer Organisation legt Ihr neues Passwort fest.",
    unlock: "Der Server Ihrer Organisation entsperrt Ihr Konto.",
    keepOpen: "Lassen Sie diese Seite geöffnet.",
    refresh: "Aktualisieren",
  },
  done: {
    titleReset: "Ihr Passwort wurde zurückgesetzt",
    leadReset:
      "Sie können sich jetzt mit Ihrem neuen Passwort anmelden. Es kann einige Minuten dauern, bis es überall funktioniert.",
    mustChange: "Bei der nächsten Anmeldung werden Sie aufgefordert, ein anderes Passwort zu wählen.",
    titleUnlock: "Ihr Konto wurde entsperrt",
    leadUnlock: "Sie können sich jetzt mit Ihrem Passwort anmelden.",
    unexpectedMessage:
      "Wenn Sie eine Nachricht über eine Änderung erhalten, die Sie nicht vorgenommen haben, wenden Sie sich sofort an Ihren Administrator.",
    recentTitle: "In den letzten 30 Tagen eingerichtet",
    recentLead:
      "Diese Bestätigungsmethoden wurden vor Kurzem für Ihr Konto eingerichtet oder bestätigt. Waren Sie das nicht? Wenden Sie sich sofort an Ihren Administrator.",
    recentItem: (name, date) => `${name}, am ${date}`,
    close: "Schließen",
  },
  unclear: {
    title: "Noch nicht bestätigt",
    reset:
      "Der Server Ihrer Organisation hat Ihr neues Passwort nicht bestätigt. Versuchen Sie, sich zuerst mit Ihrem neuen und dann mit Ihrem alten Passwort anzumelden.",
    unlock:
      "Der Server Ihrer Organisation hat nicht bestätigt, dass Ihr Konto entsperrt ist. Versuchen Sie, sich anzumelden.",
    willNotify:
      "Wir senden Ihnen eine Nachricht, sobald das Ergebnis bekannt ist. Wenn Sie sich nicht anmelden können, beginnen Sie von vorn.",
  },
  impossible: {
    title: "Dies ist hier nicht möglich",
    policy_group_missing:
      "Dieses Konto kann hier zurzeit nicht verwaltet werden. Wenden Sie sich an Ihren Administrator.",
    not_in_policy: "Ihre Organisation bietet dies für Ihr Konto nicht an.",
    unlock_off:
      "Ihre Organisation bietet das Entsperren von Konten nicht an. Sie können stattdessen ein neues Passwort wählen.",
    too_few_methods:
      "Sie haben nicht genügend Bestätigungsmethoden. Fügen Sie weitere Methoden hinzu, sobald Sie sich wieder anmelden können.",
    number_held:
      "Ihre Telefonnummer wurde kürzlich geändert. Zu Ihrer Sicherheit kann sie hier noch nicht verwendet werden.",
    user_gone: "Dieses Konto ist nicht mehr vorhanden.",
    askAdministrator: "Wenden Sie sich an Ihren Administrator, um Hilfe zu erhalten.",
  },
  blocked: {
    title: "Zu viele Versuche",
    lead: "Aus Sicherheitsgründen ist dieser Benutzername hier vorübergehend gesperrt.",
    tryAgain: (hours) =>
      hours === 1 ? "Versuchen Sie es in 1 Stunde erneut." : `Versuchen Sie es in ${hours} Stunden erneut.`,
    accountNotAffected:
      "Das Konto selbst ist nicht betroffen: Mit dem richtigen Passwort können Sie sich weiterhin anmelden.",
  },
  contact: {
    title: "Administrator kontaktieren",
    link: "So erreichen Sie Ihren Administrator",
    message: "Nachricht (optional)",
    messageHint: "Geben Sie an, wie Ihr Administrator Sie erreichen kann. Geben Sie kein Passwort an.",
    send: "Senden",
    sent: "Ihre Anfrage wurde übermittelt. Wenn Sie keine Antwort erhalten, wenden Sie sich an den Helpdesk Ihrer Organisation.",
    sentTitle: "Vielen Dank",
    helpDesk: "Wenden Sie sich an den Helpdesk Ihrer Organisation.",
    back: "Zurück",
  },
  problems: {
    title: "Es ist ein Problem aufgetreten",
    wrong_code: "Dieser Code ist falsch. Prüfen Sie den Code, und versuchen Sie es noch einmal.",
    wrong_answers: "Mindestens eine Antwort ist falsch. Versuchen Sie es erneut.",
    code_expired: "Dieser Code ist abgelaufen. Fordern Sie einen neuen an.",
    network_closed:
      "Aus Ihrem Netzwerk kamen zu viele falsche Codes. Versuchen Sie es in einer Stunde erneut, oder verwenden Sie ein anderes Netzwerk, zum Beispiel das Ihres Mobiltelefons.",
    work_needed:
      "Nach mehreren falschen Codes ist bei jedem Code eine kurze Prüfung nötig. Geben Sie den Code erneut ein.",
    too_many_sends:
      "Auf diesem Weg können Sie keine weiteren Codes anfordern. Verwenden Sie eine andere Methode.",
    resend_too_soon: "Warten Sie einen Moment, bevor Sie einen weiteren Code anfordern.",
    number_invalid:
      "Dies ist keine gültige Telefonnummer. Geben Sie die vollständige Nummer mit Vorwahl ein.",
    method_used: "Diese Methode haben Sie bereits verwendet. Wählen Sie eine andere.",
    stale:
      "Diese Seite war nicht mehr aktuell. Möglicherweise ist sie noch in einem anderen Tab geöffnet. Fahren Sie hier fort.",
    passwords_differ: "Die Passwörter stimmen nicht überein. Geben Sie sie erneut ein.",
    password_empty: "Geben Sie ein neues Passwort ein.",
    password_too_long: "Dieses Passwort ist zu lang. Verwenden Sie höchstens 256 Zeichen.",
    not_applied: "Es wurde nichts geändert",
  },
  refusals,
  otherRefusal:
    "Es ist ein Fehler aufgetreten. Es wurde nichts geändert. Versuchen Sie es erneut, oder wenden Sie sich an Ihren Administrator.",
  seal: {
    working: "Ihr Passwort wird verschlüsselt…",
    differ: "Die Passwörter stimmen nicht überein.",
    empty: "Geben Sie ein Passwort ein.",
    too_long: "Dieses Passwort ist zu lang. Verwenden Sie höchstens 256 Zeichen.",
    failed: "Es ist ein Fehler aufgetreten. Prüfen Sie Ihre Verbindung, und versuchen Sie es erneut.",
  },
  meter: {
    score0: "Sehr schwach",
    score1: "Schwach",
    score2: "Mittel",
    score3: "Stark",
    score4: "Sehr stark",
    warn_words: "Enthält Ihren Namen oder den Namen Ihrer Organisation",
    warn_common: "Dies ist ein häufig verwendetes Passwort",
    warn_spaces: "Beginnt oder endet mit einem Leerzeichen, das zum Passwort gehört",
    warn_unusual: "Enthält Zeichen, die auf einer anderen Tastatur schwer einzugeben sein können",
  },
  show: {
    show: "Anzeigen",
    hide: "Ausblenden",
    showLabel: "Passwort anzeigen",
    hideLabel: "Passwort ausblenden",
  },
  ended: {
    title: "Sitzung abgelaufen",
    lead: "Ihre Sitzung ist abgelaufen. Beginnen Sie von vorn, um ein neues Passwort zu wählen.",
    causes: {
      password:
        "Ihre Sitzung wurde beendet, weil das Passwort dieses Kontos soeben geändert oder zurückgesetzt wurde.",
      methods:
        "Ihre Sitzung wurde beendet, weil die Bestätigungsmethoden dieses Kontos in einer anderen Sitzung geändert wurden.",
      administrator: "Ihre Sitzung wurde von einem Administrator beendet.",
    },
    notYou: "Wenn Sie dies nicht erwartet haben, wenden Sie sich sofort an Ihren Administrator.",
    startAgain: "Von vorn beginnen",
    closedTitle: "Sitzung beendet",
    closedLead: "Sie können dieses Fenster jetzt schließen.",
  },
  errors: {
    title: "Es ist ein Fehler aufgetreten",
    lead: "Versuchen Sie es gleich noch einmal. Wenn das Problem weiterhin besteht, teilen Sie Ihrem Administrator die folgende Referenz mit.",
    NOT_FOUND: {
      title: "Seite nicht gefunden",
      lead: "Wenn Sie die Webadresse eingegeben haben, prüfen Sie, ob sie richtig ist.",
    },
    SESSION_ENDED: {
      title: "Sitzung abgelaufen",
      lead: "Ihre Sitzung ist abgelaufen. Beginnen Sie von vorn.",
    },
    RATE_LIMITED: {
      title: "Zu viele Anfragen",
      lead: "Aus Ihrem Netzwerk kamen zu viele Anfragen. Warten Sie eine Weile, und versuchen Sie es dann erneut.",
    },
    FORM_REFUSED: {
      title: "Formular erneut absenden",
      lead: "Die Seite war zu lange geöffnet, oder Ihr Browser blockiert Cookies. Lassen Sie Cookies zu, kehren Sie zur Startseite zurück, und versuchen Sie es erneut.",
    },
    CAPTCHA_INVALID: {
      title: "Es konnte nicht geprüft werden, dass Sie kein Roboter sind",
      lead: "Möglicherweise war die Seite zu lange geöffnet. Versuchen Sie es erneut.",
    },
    TENANT_NOT_FOUND: {
      title: "Organisation nicht gefunden",
      lead: "Geben Sie Ihren vollständigen Benutzernamen ein, zum Beispiel name@example.com.",
    },
    SELF_SERVICE_OFF: {
      title: "Ihre Organisation bietet diesen Dienst nicht an",
      lead: "Wenden Sie sich an Ihren Administrator, wenn Sie Hilfe mit Ihrem Passwort benötigen.",
    },
    AGENT_OFFLINE: {
      title: "Zurzeit nicht verfügbar",
      lead: "Der Server Ihrer Organisation ist nicht erreichbar. Versuchen Sie es in einigen Minuten erneut.",
    },
    STORE_UNAVAILABLE: {
      title: "Dienst vorübergehend nicht verfügbar",
      lead: "Versuchen Sie es gleich noch einmal.",
    },
    REQUEST_INVALID: {
      title: "Das Formular konnte nicht verarbeitet werden",
      lead: "Einige Angaben sind ungültig. Kehren Sie zur Startseite zurück, und versuchen Sie es erneut.",
    },
    REQUEST_TOO_LARGE: { title: "Zu viel Text", lead: "Gehen Sie zurück, und geben Sie weniger Text ein." },
  },
};

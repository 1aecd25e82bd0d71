/** French texts of the reset portal, and of the pages that both portals share. */
import type { Texts } from "./texts.ts";

const refusals: Texts["refusals"] = {
  ACCOUNT_PROTECTED:
    "Il s’agit d’un compte à privilèges, qui ne peut pas être géré ici. Contactez votre administrateur.",
  ACCOUNT_DISABLED: "Ce compte est désactivé. Demandez à votre administrateur de l’activer.",
  ACCOUNT_EXPIRED: "Ce compte a expiré. Demandez à votre administrateur de le prolonger.",
  ACCOUNT_STATE_UNREADABLE:
    "Il est impossible de savoir si ce compte est ouvert. Adressez-vous à votre administrateur.",
  ACCOUNT_OUT_OF_SCOPE: "Ce compte ne peut pas être géré ici. Contactez votre administrateur.",
  ACCOUNT_DENIED: "Ce compte ne peut pas être géré ici. Contactez votre administrateur.",
  PROTECTION_UNKNOWN: "Ce compte ne peut pas être géré ici pour le moment. Contactez votre administrateur.",
  TOO_MANY_WRITES:
    "Vous avez essayé trop de nouveaux mots de passe en peu de temps. Patientez 15 minutes, puis choisissez un mot de passe conforme aux règles.",
  BRAKE_ENGAGED:
    "Trop de mots de passe ont été réinitialisés en peu de temps. Les réinitialisations sont donc suspendues. Réessayez plus tard.",
  WRITEBACK_DISABLED:
    "Les mots de passe ne peuvent pas être modifiés ici pour le moment. Contactez votre administrateur.",
  JOB_SIGNATURE_INVALID:
    "Le serveur de votre organisation n’a pas accepté la demande. Contactez votre administrateur.",
  SEAL_INVALID: "Votre mot de passe n’a pas pu être déchiffré. Saisissez-le à nouveau.",
  PASSWORD_BANNED: "Ce mot de passe est trop facile à deviner. Choisissez un autre mot de passe.",
  PASSWORD_OWN_NAME:
    "Ce mot de passe ne contient guère plus que votre nom. Choisissez un mot de passe sans votre nom.",
  PASSWORD_BREACHED:
    "Ce mot de passe a été divulgué lors d’une fuite de données. Choisissez un mot de passe que vous n’utilisez nulle part ailleurs.",
  PASSWORD_EMPTY: "Saisissez un mot de passe.",
  PASSWORD_TOO_SHORT: "Ce mot de passe est trop court. Choisissez un mot de passe plus long.",
  PASSWORD_TOO_LONG: "Ce mot de passe est trop long. Choisissez un mot de passe plus court.",
  PASSWORD_COMPLEXITY:
    "Ce mot de passe n’est pas assez complexe ou contient votre nom. Utilisez des majuscules, des minuscules, des chiffres et des symboles, sans y inclure votre nom.",
  PASSWORD_IN_HISTORY: "Vous avez déjà utilisé ce mot de passe. Choisissez un nouveau mot de passe.",
  PASSWORD_TOO_YOUNG:
    "Votre mot de passe a été modifié récemment et ne peut pas encore être modifié à nouveau. Réessayez plus tard.",
  PASSWORD_POLICY:
    "Ce mot de passe ne respecte pas les exigences de votre organisation. Choisissez un mot de passe plus long, avec plus de types de caractères, que vous n’avez jamais utilisé.",
  PASSWORD_CHANGE_FORBIDDEN:
    "Le mot de passe de ce compte ne peut pas être modifié ici. Contactez votre administrateur.",
  OLD_PASSWORD_WRONG: "Votre mot de passe actuel est incorrect. Saisissez-le à nouveau.",
  DIRECTORY_ACCESS_DENIED:
    "Le serveur de votre organisation n’est pas autorisé à modifier ce mot de passe. Contactez votre administrateur.",
  DIRECTORY_UNSUPPORTED:
    "Le serveur de votre organisation ne prend pas en charge cette opération. Contactez votre administrateur.",
  DIRECTORY_REFERRAL:
    "Le serveur de votre organisation n’a pas pu traiter la demande. Contactez votre administrateur.",
  DIRECTORY_ERROR:
    "Le serveur de votre organisation a signalé une erreur. Réessayez plus tard ou contactez votre administrateur.",
  DIRECTORY_USER_NOT_FOUND: "Ce compte n’existe plus. Contactez votre administrateur.",
  VERDICT_UNKNOWN:
    "Le serveur de votre organisation n’a pas confirmé la modification. Essayez de vous connecter avec votre nouveau mot de passe. Si cela ne fonctionne pas, réessayez.",
  NOT_APPLIED: "Rien n’a été modifié. Réessayez.",
  AGENT_OFFLINE:
    "Le serveur de votre organisation est injoignable pour le moment. Réessayez dans quelques minutes.",
  JOB_EXPIRED: "Le serveur de votre organisation n’a pas répondu à temps. Rien n’a été modifié. Réessayez.",
  JOB_CANCELLED: "La demande a été annulée. Rien n’a été modifié. Réessayez.",
  JOB_SUPERSEDED: "Cette demande a été remplacée par une plus récente et n’a rien modifié.",
  QUEUE_FULL:
    "Trop de personnes utilisent ce service en ce moment. Rien n’a été modifié. Réessayez dans une minute.",
  TIMEOUT: "La demande a expiré. Réessayez.",
  NOT_SEALED_TO_AGENT:
    "Le serveur de votre organisation a été remplacé pendant que cette page était ouverte. Saisissez à nouveau le mot de passe.",
  WRITEBACK_DRAFT_INVALID:
    "Cette page est restée ouverte trop longtemps. Saisissez à nouveau le mot de passe.",
  RATE_LIMITED: "Trop de tentatives en peu de temps. Patientez un peu, puis réessayez.",
  STORE_UNAVAILABLE: "Le service est temporairement indisponible. Réessayez.",
};

const methods: Texts["methods"] = {
  text: "SMS sur mon téléphone mobile",
  call: "Appel sur mon téléphone mobile",
  office_call: "Appel sur mon téléphone de bureau",
  email: "E-mail à mon adresse de secours",
  authenticator: "Application d’authentification",
  recovery_code: "Code de récupération",
  questions: "Questions de sécurité",
};

export const fr: Texts = {
  site: {
    errorPrefix: "Erreur",
    skip: "Aller au contenu principal",
    languages: "Langue",
    requestId: (id) => `Référence pour votre administrateur : ${id}`,
    home: "Retour à la page d’accueil",
    step: (step, of) => `Étape ${step} sur ${of}`,
  },
  landing: {
    title: "Aide concernant votre mot de passe",
    lead: "Que souhaitez-vous faire ?",
    forgot: "J’ai oublié mon mot de passe",
    forgotHint: "Confirmez votre identité et choisissez un nouveau mot de passe",
    locked: "Je connais mon mot de passe, mais mon compte est verrouillé",
    lockedHint: "Déverrouillez votre compte et conservez votre mot de passe",
    register: "Configurer mes méthodes de vérification",
    registerHint:
      "Vérifiez vos numéros de téléphone et ajoutez d’autres méthodes tant que vous pouvez encore vous connecter",
    change: "Modifier mon mot de passe",
    changeHint: "Vous avez besoin de votre mot de passe actuel",
  },
  start: {
    title: "Récupérer l’accès à votre compte",
    lead: "Saisissez votre nom d’utilisateur. Vous confirmerez ensuite votre identité.",
    userName: "Nom d’utilisateur",
    userNameHint: "Le nom que vous utilisez pour vous connecter, par exemple nom@example.com",
    userNameMissing: "Saisissez votre nom d’utilisateur.",
    userNameInvalid:
      "Ce nom d’utilisateur n’est pas valide. Saisissez le nom que vous utilisez pour vous connecter, par exemple nom@example.com ou SOCIETE\\nom.",
    next: "Suivant",
    unavailable: "Les mots de passe ne peuvent pas être réinitialisés pour le moment",
    unavailableHint: "Le serveur de votre organisation est injoignable. Réessayez dans quelques minutes.",
  },
  captcha: {
    working: "Nous vérifions que vous n’êtes pas un robot…",
    ready: "Vérification terminée.",
    failed: "La vérification a échoué. Répondez plutôt à la question ci-dessous.",
    question: (a, b) => `Combien font ${a} plus ${b} ?`,
    questionHint:
      "Cette question permet de bloquer les demandes automatisées. Répondez par un nombre ou un mot.",
    numbers: ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"].concat([
      "onze",
      "douze",
      "treize",
      "quatorze",
      "quinze",
      "seize",
      "dix-sept",
      "dix-huit",
    ]),
  },
  reason: {
    title: "Pour quoi avez-vous besoin d’aide ?",
    userName: "Nom d’utilisateur",
    legend: "Choisissez une option",
    forgot: "J’ai oublié mon mot de passe",
    forgotHint: "Choisissez un nouveau mot de passe",
    locked: "Je connais mon mot de passe, mais mon compte est verrouillé",
    lockedHint: "Déverrouillez votre compte et conservez votre mot de passe",
    next: "Suivant",
    cancel: "Annuler",
  },
  methods,
  choose: {
    title: "Confirmez votre identité",
    lead: "Choisissez comment confirmer votre identité.",
    titleSecond: "Confirmez votre identité : deuxième méthode",
    leadSecond:
      "Merci. Votre organisation exige une deuxième méthode de vérification, différente de la première.",
    legend: "Choisissez une option",
    toNumber: (digits) => `au numéro se terminant par ${digits}`,
    byEmail: "à l’adresse e-mail connue de votre organisation, ou à celle que vous avez ajoutée",
    byApp: "saisissez le code affiché dans votre application",
    byRecoveryCode: "saisissez l’un des codes que vous avez imprimés ou enregistrés",
    byQuestions: "répondez aux questions que vous avez choisies",
    number: "Numéro de téléphone complet",
    numberHint: (digits) =>
      `Le numéro se termine par ${digits}. Saisissez-le en entier. Les espaces et la ponctuation sont ignorés.`,
    next: "Suivant",
    cannotUseAny: "Je ne peux utiliser aucune de ces méthodes",
  },
  code: {
    titleText: "Saisissez le code reçu par SMS",
    titleCall: "Saisissez le code reçu par appel",
    titleEmail: "Saisissez le code reçu par e-mail",
    leadText: (digits) =>
      `Si les informations saisies sont correctes, nous avons envoyé un code au numéro se terminant par ${digits}.`,
    leadCall: (digits) =>
      `Si les informations saisies sont correctes, vous allez recevoir un appel au numéro se terminant par ${digits}.`,
    leadEmail:
      "Si nous avons une adresse e-mail pour vous, nous y avons envoyé un code. Vérifiez aussi vos courriers indésirables.",
    label: "Code",
    hint: (minutes) => `Ce code expire dans ${minutes === 1 ? "1 minute" : `${minutes} minutes`}.`,
    next: "Vérifier le code",
    resend: "Envoyer un nouveau code",
    resendIn: "Envoyer un nouveau code dans {seconds} s",
    sendsLeft: (count) =>
      count === 1 ? "Vous pouvez demander encore 1 code." : `Vous pouvez demander encore ${count} codes.`,
    noSendsLeft:
      "Vous ne pouvez plus demander de code. Si vous n’avez reçu aucun code, utilisez une autre méthode.",
    differentMethod: "Utiliser une autre méthode",
  },
  enter: {
    titleAuthenticator: "Saisissez le code de votre application d’authentification",
    leadAuthenticator:
      "Ouvrez votre application d’authentification et saisissez le code à 6 chiffres qu’elle affiche.",
    leadNextCode:
      "Ce code est correct. Comme c’est votre seule méthode, un deuxième code est nécessaire : attendez que votre application affiche le suivant, puis saisissez-le.",
    titleRecovery: "Saisissez un code de récupération",
    leadRecovery:
      "Saisissez l’un des codes que vous avez imprimés ou enregistrés. Chaque code ne peut être utilisé qu’une seule fois.",
    label: "Code",
    next: "Vérifier le code",
  },
  questions: {
    title: "Répondez à vos questions de sécurité",
    lead: "Les majuscules, les accents et les espaces n’ont pas d’importance.",
    next: "Envoyer les réponses",
  },
  password: {
    title: "Choisissez un nouveau mot de passe",
    lead: "Quelques mots sans rapport entre eux forment un mot de passe facile à retenir et difficile à deviner.",
    rules: "Exigences relatives au mot de passe",
    minLength: (count) => `au moins ${count} caractères`,
    complexity: "au moins trois des éléments suivants : majuscules, minuscules, chiffres, symboles",
    noName: "ne contient pas votre nom",
    history: (count) =>
      count === 1
        ? "différent de votre dernier mot de passe"
        : `différent de vos ${count} derniers mots de passe`,
    minAge: "ne peut pas être modifié à nouveau immédiatement",
    newPassword: "Nouveau mot de passe",
    confirmPassword: "Confirmer le nouveau mot de passe",
    next: "Définir le nouveau mot de passe",
    notAccepted: "Ce mot de passe n’a pas été accepté",
    tooShort: (count) => `Ce mot de passe est trop court. Utilisez au moins ${count} caractères.`,
    inHistory: (count) =>
      count === 1
        ? "Ce mot de passe est identique au dernier. Choisissez un nouveau mot de passe."
        : `C’est l’un de vos ${count} derniers mots de passe. Choisissez un nouveau mot de passe.`,
    tooYoung: (when) =>
      `Votre mot de passe a été modifié récemment. Vous pourrez le modifier à nouveau à partir du ${when}.`,
  },
  unlock: {
    title: "Déverrouillez votre compte",
    lead: "Votre identité a été confirmée. Votre mot de passe reste le même.",
    next: "Déverrouiller le compte",
  },
  paused: {
    title: "Une courte pause pour votre sécurité",
    lead: "Quelqu’un essaie actuellement de deviner des codes. Vous avez confirmé votre identité avec votre seule méthode : vous pourrez continuer dans environ deux minutes.",
  },
  waiting: {
    title: "Veuillez patienter",
    reset: "Le serveur de votre organisation enregistre votre nouveau mot de passe.",
    unlock: "Le serveur de votre organisation déverrouille votre compte.",
    keepOpen: "Laissez cette page ouverte.",
    refresh: "Actualiser",
  },
  done: {
    titleReset: "Votre mot de passe a été réinitialisé",
    leadReset:
      "Vous pouvez maintenant vous connecter avec votre nouveau mot de passe. Quelques minutes peuvent être nécessaires avant qu’il fonctionne partout.",
    mustChange: "Lors de votre prochaine connexion, vous devrez choisir un autre mot de passe.",
    titleUnlock: "Votre compte a été déverrouillé",
    leadUnlock: "Vous pouvez maintenant vous connecter avec votre mot de passe.",
    unexpectedMessage:
      "Si vous recevez un message concernant une modification que vous n’avez pas faite, contactez immédiatement votre administrateur.",
    recentTitle: "Configuré au cours des 30 derniers jours",
    recentLead:
      "Ces méthodes de vérification ont été récemment configurées ou confirmées pour votre compte. Si ce n’était pas vous, contactez immédiatement votre administrateur.",
    recentItem: (name, date) => `${name}, le ${date}`,
    close: "Fermer",
  },
  unclear: {
    title: "Pas encore confirmé",
    reset:
      "Le serveur de votre organisation n’a pas confirmé votre nouveau mot de passe. Essayez de vous connecter d’abord avec le nouveau mot de passe, puis avec l’ancien.",
    unlock:
      "Le serveur de votre organisation n’a pas confirmé le déverrouillage de votre compte. Essayez de vous connecter.",
    willNotify:
      "Nous vous enverrons un message dès que le résultat sera connu. Si vous ne pouvez pas vous connecter, recommencez.",
  },
  impossible: {
    title: "Cette opération n’est pas possible ici",
    policy_group_missing:
      "Ce compte ne peut pas être géré ici pour le moment. Contactez votre administrateur.",
    not_in_policy: "Votre organisation ne propose pas ce service pour votre compte.",
    unlock_off:
      "Votre organisation ne propose pas le déverrouillage de compte. Vous pouvez choisir un nouveau mot de passe à la place.",
    too_few_methods:
      "Vous n’avez pas assez de méthodes de vérification. Ajoutez-en d’autres lorsque vous pourrez à nouveau vous connecter.",
    number_held:
      "Votre numéro de téléphone a été modifié récemment. Pour votre sécurité, il ne peut pas encore être utilisé ici.",
    user_gone: "Ce compte n’existe plus.",
    askAdministrator: "Contactez votre administrateur pour obtenir de l’aide.",
  },
  blocked: {
    title: "Trop de tentatives",
    lead: "Pour des raisons de sécurité, ce nom d’utilisateur est temporairement bloqué ici.",
    tryAgain: (hours) => (hours === 1 ? "Réessayez dans 1 heure." : `Réessayez dans ${hours} heures.`),
    accountNotAffected:
      "Le compte lui-même n’est pas concerné : vous pouvez toujours vous connecter avec le bon mot de passe.",
  },
  contact: {
    title: "Contacter votre administrateur",
    link: "Comment contacter votre administrateur",
    message: "Message (facultatif)",
    messageHint: "Indiquez comment votre administrateur peut vous joindre. N’indiquez aucun mot de passe.",
    send: "Envoyer",
    sent: "Votre demande a été transmise. Si vous ne recevez pas de réponse, contactez le service d’assistance de votre organisation.",
    sentTitle: "Merci",
    helpDesk: "Contactez le service d’assistance de votre organisation.",
    back: "Retour",
  },
  problems: {
    title: "Un problème est survenu",
    wrong_code: "Ce code est incorrect. Vérifiez-le, puis réessayez.",
    wrong_answers: "Au moins une réponse est incorrecte. Réessayez.",
    code_expired: "Ce code a expiré. Demandez un nouveau code.",
    network_closed:
      "Trop de codes incorrects ont été saisis depuis votre réseau. Réessayez dans une heure ou utilisez un autre réseau, par exemple celui de votre téléphone.",
    work_needed:
      "Après plusieurs codes incorrects, une courte vérification est nécessaire pour chaque code. Saisissez à nouveau le code.",
    too_many_sends: "Vous ne pouvez plus demander de code de cette façon. Utilisez une autre méthode.",
    resend_too_soon: "Patientez un instant avant de demander un autre code.",
    number_invalid: "Ce numéro de téléphone n’est pas valide. Saisissez le numéro complet, avec l’indicatif.",
    method_used: "Vous avez déjà utilisé cette méthode. Choisissez-en une autre.",
    stale: "Cette page n’était plus à jour. Elle est peut-être ouverte dans un autre onglet. Continuez ici.",
    passwords_differ: "Les mots de passe ne correspondent pas. Saisissez-les à nouveau.",
    password_empty: "Saisissez un nouveau mot de passe.",
    password_too_long: "Ce mot de passe est trop long. Utilisez 256 caractères au maximum.",
    not_applied: "Rien n’a été modifié",
  },
  refusals,
  otherRefusal: "Une erreur est survenue. Rien n’a été modifié. Réessayez ou contactez votre administrateur.",
  seal: {
    working: "Chiffrement de votre mot de passe…",
    differ: "Les mots de passe ne correspondent pas.",
    empty: "Saisissez un mot de passe.",
    too_long: "Ce mot de passe est trop long. Utilisez 256 caractères au maximum.",
    failed: "Une erreur est survenue. Vérifiez votre connexion et réessayez.",
  },
  meter: {
    score0: "Très faible",
    score1: "Faible",
    score2: "Moyen",
    score3: "Fort",
    score4: "Très fort",
    warn_words: "Contient votre nom ou celui de votre organisation",
    warn_common: "Ce mot de passe est très courant",
    warn_spaces: "Commence ou se termine par un espace, qui fait partie du mot de passe",
    warn_unusual: "Contient des caractères parfois difficiles à saisir sur un autre clavier",
  },
  show: {
    show: "Afficher",
    hide: "Masquer",
    showLabel: "Afficher le mot de passe",
    hideLabel: "Masquer le mot de passe",
  },
  ended: {
    title: "Session expirée",
    lead: "Votre session a expiré. Recommencez pour choisir un nouveau mot de passe.",
    causes: {
      password:
        "Votre session a été fermée, car le mot de passe de ce compte vient d’être modifié ou réinitialisé.",
      methods:
        "Votre session a été fermée, car les méthodes de vérification de ce compte ont été modifiées dans une autre session.",
      administrator: "Votre session a été fermée par un administrateur.",
    },
    notYou: "Si vous ne vous y attendiez pas, contactez immédiatement votre administrateur.",
    startAgain: "Recommencer",
    closedTitle: "Session fermée",
    closedLead: "Vous pouvez maintenant fermer cette fenêtre.",
  },
  errors: {
    title: "Une erreur est survenue",
    lead: "Réessayez dans un instant. Si le problème persiste, communiquez la référence ci-dessous à votre administrateur.",
    NOT_FOUND: {
      title: "Page introuvable",
      lead: "Si vous avez saisi l’adresse web, vérifiez qu’elle est correcte.",
    },
    SESSION_ENDED: { title: "Session expirée", lead: "Votre session a expiré. Recommencez." },
    RATE_LIMITED: {
      title: "Trop de demandes",
      lead: "Votre réseau a envoyé trop de demandes. Patientez un peu, puis réessayez.",
    },
    FORM_REFUSED: {
      title: "Envoyez à nouveau le formulaire",
      lead: "La page est restée ouverte trop longtemps ou votre navigateur bloque les cookies. Autorisez les cookies, revenez à la page d’accueil et réessayez.",
    },
    CAPTCHA_INVALID: {
      title: "Nous n’avons pas pu vérifier que vous n’êtes pas un robot",
      lead: "La page est peut-être restée ouverte trop longtemps. Réessayez.",
    },
    TENANT_NOT_FOUND: {
      title: "Organisation introuvable",
      lead: "Saisissez votre nom d’utilisateur complet, par exemple nom@example.com.",
    },
    SELF_SERVICE_OFF: {
      title: "Votre organisation ne propose pas ce service",
      lead: "Contactez votre administrateur pour obtenir de l’aide concernant votre mot de passe.",
    },
    AGENT_OFFLINE: {
      title: "Indisponible pour le moment",
      lead: "Le serveur de votre organisation est injoignable. Réessayez dans quelques minutes.",
    },
    STORE_UNAVAILABLE: { title: "Service temporairement indisponible", lead: "Réessayez dans un instant." },
    REQUEST_INVALID: {
      title: "Le formulaire n’a pas pu être traité",
      lead: "Certaines informations ne sont pas valides. Revenez à la page d’accueil et réessayez.",
    },
    REQUEST_TOO_LARGE: { title: "Texte trop long", lead: "Revenez en arrière et saisissez moins de texte." },
  },
};

/** French texts of the registration portal. */
import type { RegistrationTexts } from "./registration-texts.ts";

const names: RegistrationTexts["names"] = {
  mobile: "Téléphone mobile",
  officePhone: "Téléphone de bureau",
  email: "Adresse e-mail de secours",
  authenticator: "Application d’authentification",
  questions: "Questions de sécurité",
  recoveryCodes: "Codes de récupération",
};

const hints: RegistrationTexts["hints"] = {
  mobile: "Recevez un code par SMS ou par appel.",
  officePhone: "Recevez un code par appel.",
  email:
    "Recevez un code par e-mail. Utilisez une adresse que vous pouvez consulter sans votre mot de passe professionnel.",
  authenticator:
    "Utilisez le code à 6 chiffres affiché par une application sur votre téléphone. L’application fonctionne aussi hors connexion.",
  questions: "Répondez à des questions que vous choisissez vous-même.",
  recoveryCodes:
    "Imprimez ou enregistrez des codes pour plus tard. Chaque code ne peut être utilisé qu’une seule fois.",
};

const problems: RegistrationTexts["problems"] = {
  sign_in_refused:
    "Le nom d’utilisateur ou le mot de passe est incorrect, ou le compte ne peut pas être utilisé pour le moment. Saisissez à nouveau votre mot de passe ou consultez l’aide ci-dessous.",
  too_many_sign_ins:
    "Trop de tentatives. Pour éviter le verrouillage de votre compte, les mots de passe ne sont pas vérifiés ici pendant 30 minutes. Réessayez plus tard ou réinitialisez votre mot de passe.",
  network_closed:
    "Trop de mots de passe incorrects ont été saisis depuis votre réseau. Votre mot de passe n’a pas été vérifié. Réessayez dans une heure ou utilisez un autre réseau, par exemple celui de votre téléphone.",
  unavailable:
    "Le serveur de votre organisation est injoignable pour le moment. Votre mot de passe n’a pas été vérifié. Réessayez dans quelques minutes.",
  stale: "Cette page n’était plus à jour. Elle est peut-être ouverte dans un autre onglet. Continuez ici.",
  number_invalid: "Ce numéro de téléphone n’est pas valide. Saisissez le numéro complet, avec l’indicatif.",
  number_premium: "Aucun code ne peut être envoyé à un numéro surtaxé. Saisissez un autre numéro.",
  email_invalid:
    "Cette adresse e-mail n’est pas valide. Saisissez l’adresse complète, par exemple nom@example.com.",
  email_is_account:
    "Vous ne pourrez pas consulter cette boîte de réception si vous oubliez votre mot de passe. Saisissez une autre adresse.",
  wrong_code: "Ce code est incorrect. Vérifiez-le, puis réessayez.",
  code_expired: "Ce code a expiré. Demandez un nouveau code.",
  too_many_tries: "Trop de codes incorrects. Recommencez plus tard.",
  too_many_sends:
    "Vous ne pouvez plus demander de code pour le moment. Réessayez plus tard ou utilisez une autre méthode.",
  resend_too_soon: "Patientez un instant avant de demander un autre code.",
  send_failed:
    "Le code n’a pas pu être envoyé. Vérifiez le numéro ou l’adresse saisis, ou réessayez plus tard.",
  must_change:
    "Votre organisation exige d’abord un nouveau mot de passe. Modifiez votre mot de passe, puis reconnectez-vous.",
  proof_needed:
    "Pour modifier vos méthodes de vérification, confirmez d’abord votre identité avec l’une d’elles.",
  too_often: "Vous avez modifié ceci plusieurs fois en peu de temps. Réessayez dans quelques minutes.",
  replace_waits:
    "Vous avez déjà cette méthode de vérification. Le mot de passe seul ne permet pas de la remplacer. Supprimez-la d’abord ou contactez votre administrateur.",
  questions_incomplete: "Choisissez une question et saisissez une réponse sur chaque ligne.",
  questions_repeated:
    "Vous avez choisi plusieurs fois la même question. Choisissez des questions différentes.",
  answer_too_short: "Une réponse est trop courte. Utilisez au moins trois lettres ou chiffres.",
  answers_alike:
    "Saisissez une réponse différente pour chaque question. N’utilisez pas votre nom d’utilisateur comme réponse.",
  password_empty: "Saisissez votre mot de passe.",
  password_too_long: "Ce mot de passe est trop long. Utilisez 256 caractères au maximum.",
  passwords_differ: "Les nouveaux mots de passe ne correspondent pas. Saisissez-les à nouveau.",
};

export const fr: RegistrationTexts = {
  names,
  hints,
  problems,
  problemTitle: "Un problème est survenu",
  cancel: "Annuler",
  signOut: "Se déconnecter",
  start: {
    register: "Configurer vos méthodes de vérification",
    registerLead:
      "Connectez-vous avec votre compte professionnel. Vérifiez et complétez ensuite les méthodes qui vous permettent de réinitialiser un mot de passe oublié.",
    change: "Modifier votre mot de passe",
    changeLead:
      "Saisissez votre nom d’utilisateur. Sur la page suivante, vous saisirez votre mot de passe actuel et le nouveau.",
  },
  signIn: {
    title: "Saisissez votre mot de passe",
    userName: "Nom d’utilisateur",
    password: "Mot de passe",
    passwordHint:
      "Le mot de passe de votre compte professionnel. Il est chiffré de sorte que seul le serveur de votre organisation puisse le vérifier.",
    submit: "Se connecter",
    forgot: "Mot de passe oublié ou compte verrouillé ?",
    differentUser: "Utiliser un autre nom d’utilisateur",
  },
  checking: {
    title: "Veuillez patienter",
    lead: "Le serveur de votre organisation vérifie votre mot de passe.",
    refresh: "Actualiser",
  },
  overview: {
    title: "Vos méthodes de vérification",
    signedInAs: (name) => `Vous êtes connecté en tant que ${name}.`,
    lead: "Si vous oubliez votre mot de passe, ces méthodes vous permettent de confirmer votre identité.",
    enough: (ready, required) =>
      `Vous disposez de ${countMethods(ready)} (minimum requis : ${required}). Vous pouvez réinitialiser vous-même un mot de passe oublié.`,
    notEnough: (ready, required) =>
      `Vous disposez de ${countMethods(ready)} (minimum requis : ${required}). Ajoutez-en encore ${required - ready} pour pouvoir réinitialiser vous-même un mot de passe oublié.`,
    due: "Vérifiez les méthodes ci-dessous. Si elles sont correctes, confirmez-le en bas de la page.",
    proofFirst: "Avant de modifier vos méthodes, vous confirmez une fois votre identité avec l’une d’elles.",
    newWaits: (hours) =>
      `Vous n’avez pas encore de méthode permettant de confirmer votre identité. Pour protéger votre compte, une méthode ajoutée maintenant ne pourra être utilisée qu’après ${hours} ${hours === 1 ? "heure" : "heures"}.`,
    waits: (time) => `utilisable à partir du ${time}`,
    ends: (time) => `sera supprimé le ${time}`,
    notAllowed:
      "Votre organisation ne propose pas la réinitialisation du mot de passe pour votre compte. Vous pouvez modifier votre mot de passe ici.",
    managedBy: (organisation) => `géré par ${organisation}`,
    addedByYou: "ajouté par vous",
    confirmed: (date) => `confirmé le ${date}`,
    notConfirmed: "non confirmé",
    held: "modifié récemment : à confirmer pour une utilisation immédiate",
    replacedByOwn: "non utilisé, car vous avez ajouté le vôtre",
    notUsed: "n’est plus utilisé par votre organisation",
    notSetUp: "non configuré",
    answered: (count) => (count === 1 ? "1 question" : `${count} questions`),
    codesLeft: (count) => `${count} ${count <= 1 ? "code restant" : "codes restants"}`,
    confirmByText: "Confirmer par SMS",
    confirmByCall: "Confirmer par appel",
    confirmByEmail: "Confirmer par e-mail",
    add: "Ajouter",
    useDifferent: "En utiliser un autre",
    replace: "Remplacer",
    newCodes: "Obtenir de nouveaux codes",
    remove: "Supprimer",
    removeConsequence: "Vous ne pourrez plus confirmer votre identité de cette façon.",
    removeWaits: (hours) =>
      `Pour protéger votre compte, la suppression ne prend effet qu’après ${hours} ${hours === 1 ? "heure" : "heures"}, car vous n’avez pas confirmé votre identité avec une autre méthode.`,
    removeNow: "Supprimer maintenant",
    actionsFor: (name) => `Actions pour ${name}`,
    confirmAll: "Confirmer que tout est à jour",
    lastConfirmed: (date) => `Dernière confirmation le ${date}.`,
    nextConfirmation: (date) => `Une nouvelle confirmation vous sera demandée le ${date}.`,
    changePassword: "Modifier mon mot de passe",
  },
  done: {
    added: (name) => `${name} : configuration terminée. Nous vous enverrons un message à ce sujet.`,
    confirmed: (name) => `${name} : confirmation terminée. Nous vous enverrons un message à ce sujet.`,
    removed: (name) => `${name} : suppression terminée. Nous vous enverrons un message à ce sujet.`,
    removal_waits: (name) =>
      `${name} : suppression prévue à la date indiquée ci-dessous. Nous vous enverrons un message à ce sujet.`,
    reviewed: "Merci. Vous avez confirmé que vos méthodes de vérification sont à jour.",
    proven: "Merci. Vous pouvez maintenant modifier vos méthodes de vérification.",
  },
  verify: {
    title: "Confirmez votre identité",
    lead: "Un mot de passe seul ne suffit pas pour modifier vos méthodes de vérification. Choisissez une méthode pour confirmer votre identité.",
    legend: "Choisissez une méthode",
    next: "Suivant",
    cannotUseAny: "Je ne peux utiliser aucune de ces méthodes",
  },
  number: {
    titleMobile: "Votre téléphone mobile",
    titleOffice: "Votre téléphone de bureau",
    leadMobile:
      "Pour la réinitialisation du mot de passe, ce numéro remplace celui que connaît votre organisation. Vous seul pouvez le modifier.",
    leadOffice:
      "Pour la réinitialisation du mot de passe, ce numéro remplace celui que connaît votre organisation.",
    label: "Numéro de téléphone",
    hint: (national, international) => `Par exemple ${national} ou ${international}`,
    legend: "Comment souhaitez-vous recevoir le code ?",
    text: "Par SMS",
    call: "Par appel",
    send: "Envoyer le code",
  },
  email: {
    title: "Votre adresse e-mail de secours",
    lead: "Saisissez une adresse que vous pouvez consulter sans votre mot de passe professionnel.",
    label: "Adresse e-mail",
    send: "Envoyer le code",
  },
  code: {
    titleText: "Saisissez le code reçu par SMS",
    titleCall: "Saisissez le code reçu par appel",
    titleEmail: "Saisissez le code reçu par e-mail",
    lead: (address) => `Le code est en cours d’envoi : ${address}.`,
    proof: (address) => `Pour confirmer votre identité, nous avons envoyé un code à ${address}.`,
    label: "Code",
    hint: (minutes) => `Ce code expire dans ${minutes === 1 ? "1 minute" : `${minutes} minutes`}.`,
    submit: "Vérifier le code",
    resend: "Envoyer un nouveau code",
    resendIn: "Envoyer un nouveau code dans {seconds} s",
    sendsLeft: (count) =>
      count === 1 ? "Vous pouvez demander encore 1 code." : `Vous pouvez demander encore ${count} codes.`,
    noSendsLeft: "Vous ne pouvez plus demander de code. Annulez et recommencez plus tard.",
  },
  authenticator: {
    title: "Configurer votre application d’authentification",
    lead: "Vous pouvez utiliser n’importe quelle application qui génère des codes à usage unique.",
    scan: "1. Scannez ce code QR avec l’application",
    picture: "Code QR pour votre application d’authentification",
    onThisDevice: "Ouvrir l’application sur cet appareil",
    cannotScan: "Je ne peux pas scanner le code QR",
    type: "Saisissez cette clé dans l’application (basée sur le temps, 6 chiffres) :",
    enter: "2. Saisissez le code affiché dans l’application",
    label: "Code",
    submit: "Vérifier le code",
  },
  questions: {
    title: "Vos questions de sécurité",
    lead: (count) =>
      `Choisissez ${count} questions et répondez-y. Les majuscules, les accents et les espaces n’ont pas d’importance.`,
    advice:
      "Choisissez des réponses que personne d’autre ne connaît. Elles ne doivent pas forcément être vraies, mais vous devez vous en souvenir.",
    question: (number) => `Question ${number}`,
    answer: (number) => `Réponse ${number}`,
    save: "Enregistrer",
  },
  recoveryCodes: {
    title: "Vos codes de récupération",
    lead: "Imprimez ces codes ou conservez-les en lieu sûr. Ils ne s’affichent qu’une seule fois et chaque code ne peut être utilisé qu’une seule fois.",
    replaces: "Lorsque vous continuez, vos codes de récupération précédents ne fonctionnent plus.",
    list: "Codes de récupération",
    print: "Imprimer",
    download: "Télécharger",
    fileName: "codes-de-recuperation.txt",
    saved: "J’ai enregistré ces codes",
  },
  change: {
    title: "Modifier votre mot de passe",
    lead: "Saisissez votre mot de passe actuel, puis deux fois le nouveau.",
    mustChange:
      "Votre organisation exige que vous modifiiez votre mot de passe. Connectez-vous ensuite avec le nouveau mot de passe pour vérifier vos méthodes de vérification.",
    rulesLater:
      "Si votre nouveau mot de passe ne respecte pas une exigence de votre organisation, elle vous sera indiquée.",
    oldPasswordAgain:
      "Saisissez-le à nouveau. Il est chiffré avec votre nouveau mot de passe de sorte que seul le serveur de votre organisation puisse les lire.",
    oldPassword: "Mot de passe actuel",
    submit: "Modifier le mot de passe",
    notAccepted: "Votre mot de passe n’a pas été modifié",
    back: "Retour à vos méthodes de vérification",
  },
  changing: {
    title: "Veuillez patienter",
    lead: "Le serveur de votre organisation modifie votre mot de passe. Laissez cette page ouverte.",
    refresh: "Actualiser",
  },
  changed: {
    title: "Votre mot de passe a été modifié",
    lead: "Connectez-vous désormais avec votre nouveau mot de passe. Quelques minutes peuvent être nécessaires avant qu’il fonctionne partout.",
    unexpectedMessage:
      "Si vous recevez un message concernant une modification que vous n’avez pas faite, contactez immédiatement votre administrateur.",
    toOverview: "Consulter vos méthodes de vérification",
  },
  unclear: {
    title: "Pas encore confirmé",
    lead: "Le serveur de votre organisation n’a pas confirmé votre nouveau mot de passe. Essayez de vous connecter d’abord avec le nouveau mot de passe, puis avec l’ancien.",
    continue: "Continuer",
  },
  ended: {
    title: "Vous êtes déconnecté",
    lead: "Pour votre sécurité, vous êtes aussi déconnecté au bout de quelques minutes. Tout ce que vous avez configuré est enregistré.",
    causes: {
      password:
        "Votre session a été fermée, car le mot de passe de ce compte vient d’être modifié ou réinitialisé.",
      methods:
        "Votre session a été fermée, car les méthodes de vérification de ce compte ont été modifiées dans une autre session.",
      administrator: "Votre session a été fermée par un administrateur.",
    },
    notYou: "Si vous ne vous y attendiez pas, contactez immédiatement votre administrateur.",
    signInAgain: "Se reconnecter",
    home: "Retour à la page d’accueil",
  },
};

function countMethods(count: number): string {
  return count <= 1 ? `${count} méthode de vérification prête` : `${count} méthodes de vérification prêtes`;
}

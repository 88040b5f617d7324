extension Phrase {
    /// The keys of `Localizable.xcstrings`.
    enum Key: String, CaseIterable, Sendable {
        case appName
        case pageLive, pageEnroll, pageTeach, pageTimeline, pageSettings
        case emotionNeutral, emotionHappy, emotionSad, emotionAnger, emotionFear, emotionDisgust, emotionSurprise
        case captionNamed, captionNamedDoubt, captionUnnamed, captionUnnamedDoubt, captionName, captionFace
        case buttonOK, buttonRetry, buttonOpenSettings, buttonDecide, buttonDone, buttonStop, buttonDelete,
            buttonCancel
        case alertTitle
        case startLoading
        case consentTitle, consentWhat, consentData, consentEstimate, consentVoice, consentNo, consentAgree,
            consentDecline, consentMissing
        case keyLossTitle, keyLossText, keyLossStartOver
        case cameraDenied, cameraRestricted, cameraMissing, cameraUnreadable, cameraStopped, cameraInUse,
            cameraSharedScreen, cameraWarm, cameraPaused
        case microphoneDenied, microphoneFailed, microphonePaused
        case liveFaces, liveNoFace, liveHint, liveQuestion, liveRight, liveUndo, liveAnalyzed, liveDropped
        case correctionTaken, correctionNoted, correctionChanged, correctionNothingShown, correctionNothingToUndo,
            correctionUncertain
        case enrollName, enrollBegin, enrollTaken, enrollDone, enrollProgress, enrollLook, enrollGood, enrollNoFace,
            enrollSeveralFaces, enrollTooSimilar, enrollAnotherUser, enrollSomebodyElse, enrollEnough, enrollCloser,
            enrollTurned, enrollStill, enrollMoreLight, enrollLessLight
        case teachVoice, teachShow, teachSay, teachRecording, teachClips, teachNoClips, teachUnnamed, teachFrames,
            teachFramesVoice, teachFramesNoVoice, teachRemove, teachRemoveAll, teachLearn, teachLearning, teachDue,
            teachNotLater
        case adaptFace, adaptVoice, adaptAccepted, adaptNotBetter, adaptTooFew, adaptSomebodyElse, adaptContradict,
            adaptDoubtful
        case leftOutSomebodyElse, leftOutSeveralPeople, leftOutLooksLike, leftOutConfirm
        case dayEmpty, dayTime, dayShare, dayEmotion, dayPercent, dayObserved, dayAffect
        case pickerUser, pickerNobody
        case settingsConsent, settingsConsentGiven, settingsConsentDeclined, settingsFiles, settingsPassphrase,
            settingsPassphraseRule, settingsImport, settingsShare, settingsExport, settingsRollback,
            settingsForgetTimeline, settingsDelete, settingsDeleteEverything, settingsBenchmark, settingsPictures,
            settingsOwnHead, settingsGenericHead, settingsVersion
        case deleteUserTitle, deleteUserMessage, deleteTimelineTitle, deleteTimelineMessage, deleteClipTitle,
            deleteUnnamedClipTitle, deleteClipsTitle, deleteClipsMessage, deleteEverythingTitle,
            deleteEverythingMessage
        case benchmarkWaiting, benchmarkMedian, benchmarkFrames, benchmarkSlowest
        case failureModels, failureFrame, failureOption, failureUser, failureTooFew, failureTraining, failureCorrupt,
            failureVersion, failureStorage, failurePassphrase, failureClosed, failureSeveralPeople, failureStopped,
            failureOther
    }
}

// Written by `make contract` from the declarations in Rust; edit those.

package io.mien.internal

internal fun io.mien.DetectorOptions.core(): io.mien.ffi.DetectorOptions = io.mien.ffi.DetectorOptions(
    size = size.unsigned("size"),
    score = score,
    overlap = overlap,
    maxFaces = maxFaces.unsigned("maxFaces"),
)

internal fun io.mien.QualityLimits.core(): io.mien.ffi.QualityLimits = io.mien.ffi.QualityLimits(
    eyeDistance = eyeDistance,
    yaw = yaw,
    pitch = pitch,
    roll = roll,
    sharpness = sharpness,
    darkest = darkest,
    brightest = brightest,
    contrast = contrast,
    clipped = clipped,
)

internal fun io.mien.ffi.StoreLimits.public(): io.mien.StoreLimits {
    val core = this
    return io.mien.StoreLimits {
        users = core.users.toInt()
        embeddings = core.embeddings.toInt()
        storeBytes = core.storeBytes.toLong()
        importBytes = core.importBytes.toLong()
    }
}

internal fun io.mien.StoreLimits.core(): io.mien.ffi.StoreLimits = io.mien.ffi.StoreLimits(
    users = users.unsigned("users"),
    embeddings = embeddings.unsigned("embeddings"),
    storeBytes = storeBytes.unsigned("storeBytes"),
    importBytes = importBytes.unsigned("importBytes"),
)

internal fun io.mien.TrackerOptions.core(): io.mien.ffi.TrackerOptions = io.mien.ffi.TrackerOptions(
    maxFaces = maxFaces.unsigned("maxFaces"),
    detectEvery = detectEvery.unsigned("detectEvery"),
    detectWithinUs = detectWithin.micros("detectWithin"),
    lostUs = rememberLostFor.micros("rememberLostFor"),
    beginScore = beginScore,
)

internal fun io.mien.StreamOptions.core(): io.mien.ffi.StreamOptions = io.mien.ffi.StreamOptions(
    tracker = tracker.core(),
    analyzeFps = analyzeFps,
    maxAnalyses = maxAnalyses.unsigned("maxAnalyses"),
    windowFrames = windowFrames.unsigned("windowFrames"),
    minWindow = minWindow.unsigned("minWindow"),
    smoothingUs = smoothing.micros("smoothing"),
    switchMargin = switchMargin,
    switchUs = switchAfter.micros("switchAfter"),
    minConfidence = minConfidence,
    settleFrames = settleFrames.unsigned("settleFrames"),
    identifyEveryUs = identifyEvery.micros("identifyEvery"),
    speechHoldUs = speechHold.micros("speechHold"),
)

internal fun io.mien.LiveOptions.core(): io.mien.ffi.LiveOptions = io.mien.ffi.LiveOptions(
    stream = stream.core(),
    targetFps = targetFps,
    minChange = minChange,
    idleUs = maxIdle.micros("maxIdle"),
    maxResults = maxResults.unsigned("maxResults"),
)

internal fun io.mien.ffi.LivePace.public(): io.mien.LivePace {
    val core = this
    return io.mien.LivePace {
        targetFps = core.targetFps
        minChange = core.minChange
        power = core.power.public()
    }
}

internal fun io.mien.LivePace.core(): io.mien.ffi.LivePace = io.mien.ffi.LivePace(
    targetFps = targetFps,
    minChange = minChange,
    power = power.core(),
)

internal fun io.mien.EnrollmentOptions.core(): io.mien.ffi.EnrollmentOptions = io.mien.ffi.EnrollmentOptions(
    targetFrames = targetFrames.unsigned("targetFrames"),
    minFrames = minFrames.unsigned("minFrames"),
    maxFrames = maxFrames.unsigned("maxFrames"),
    minDifference = minDifference,
    samePerson = isSamePerson,
)

internal fun io.mien.ffi.FitOptions.public(): io.mien.FitOptions {
    val core = this
    return io.mien.FitOptions {
        epochs = core.epochs.toInt()
        batch = core.batch.toInt()
        rate = core.rate
        pull = core.pull
        isBalanced = core.balanced
        smoothing = core.smoothing
        seed = core.seed.toLong()
    }
}

internal fun io.mien.FitOptions.core(): io.mien.ffi.FitOptions = io.mien.ffi.FitOptions(
    epochs = epochs.unsigned("epochs"),
    batch = batch.unsigned("batch"),
    rate = rate,
    pull = pull,
    balanced = isBalanced,
    smoothing = smoothing,
    seed = seed.unsigned("seed"),
)

internal fun io.mien.PseudoLabels.core(): io.mien.ffi.PseudoLabels = io.mien.ffi.PseudoLabels(
    confidence = confidence,
    weight = weight,
)

internal fun io.mien.ffi.Retention.public(): io.mien.Retention {
    val core = this
    return io.mien.Retention {
        events = core.events?.toInt()
        minutes = core.minutes?.toInt()
        hours = core.hours?.toInt()
        days = core.days?.toInt()
        media = core.media?.toInt()
    }
}

internal fun io.mien.Retention.core(): io.mien.ffi.Retention = io.mien.ffi.Retention(
    events = events?.unsigned("events"),
    minutes = minutes?.unsigned("minutes"),
    hours = hours?.unsigned("hours"),
    days = days?.unsigned("days"),
    media = media?.unsigned("media"),
)

internal fun io.mien.ffi.TimelineOptions.public(): io.mien.TimelineOptions {
    val core = this
    return io.mien.TimelineOptions {
        offsetMinutes = core.offsetMinutes
        retention = core.retention.public()
    }
}

internal fun io.mien.TimelineOptions.core(): io.mien.ffi.TimelineOptions = io.mien.ffi.TimelineOptions(
    offsetMinutes = offsetMinutes,
    retention = retention.core(),
)

internal fun io.mien.ffi.Calibration.public(): io.mien.Calibration = io.mien.Calibration(
    center = center.floats(),
    threshold = threshold,
    rise = rise,
    margin = margin,
    network = network,
    evidence = evidence,
    figures = figures?.public(),
)

internal fun io.mien.Calibration.core(): io.mien.ffi.Calibration = io.mien.ffi.Calibration(
    center = center.bytes(),
    threshold = threshold,
    rise = rise,
    margin = margin,
    network = network,
    evidence = evidence,
    figures = figures?.core(),
)

internal fun io.mien.ffi.CalibrationFigures.public(): io.mien.CalibrationFigures = io.mien.CalibrationFigures(
    users = users.toInt(),
    wrongUserRate = wrongUserRate,
    missedUserRate = missedUserRate,
    unknownAcceptedRate = unknownAcceptedRate,
)

internal fun io.mien.CalibrationFigures.core(): io.mien.ffi.CalibrationFigures = io.mien.ffi.CalibrationFigures(
    users = users.unsigned("users"),
    wrongUserRate = wrongUserRate,
    missedUserRate = missedUserRate,
    unknownAcceptedRate = unknownAcceptedRate,
)

internal fun io.mien.ffi.ErrorCode.public(): io.mien.ErrorCode = io.mien.ErrorCode.entries[ordinal]

internal fun io.mien.HeadKind.core(): io.mien.ffi.HeadKind = io.mien.ffi.HeadKind.entries[ordinal]

internal fun io.mien.AdaptOptions.core(): io.mien.ffi.AdaptOptions = io.mien.ffi.AdaptOptions(
    head = head.core(),
    fit = fit?.core(),
    rehearsal = rehearsal,
    centered = isCentered,
    folds = folds.unsigned("folds"),
    gate = isGated,
    pseudoLabels = pseudoLabels?.core(),
    uncheckedFaces = allowsUncheckedFaces,
    uncheckedVoices = allowsUncheckedVoices,
)

internal fun io.mien.FusionWeights.core(): io.mien.ffi.FusionWeights = io.mien.ffi.FusionWeights(
    generic = generic,
    adapted = adapted,
)

internal fun io.mien.Fusion.core(): io.mien.ffi.Fusion = io.mien.ffi.Fusion(
    face = face.core(),
    speech = speech.core(),
)

internal fun io.mien.EngineOptions.core(): io.mien.ffi.EngineOptions = io.mien.ffi.EngineOptions(
    detector = detector.core(),
    quality = quality.core(),
    calibration = calibration?.core(),
    genericHead = genericHead,
    genericSpeechHead = genericSpeechHead,
    parallel = isParallel,
    fusion = fusion.core(),
)

internal fun io.mien.ffi.PowerBudget.public(): io.mien.PowerBudget = io.mien.PowerBudget.entries[ordinal]

internal fun io.mien.PowerBudget.core(): io.mien.ffi.PowerBudget = io.mien.ffi.PowerBudget.entries[ordinal]

internal fun io.mien.ffi.LearningMode.public(): io.mien.LearningMode = io.mien.LearningMode.entries[ordinal]

internal fun io.mien.ffi.LabelCount.public(): io.mien.LabelCount = io.mien.LabelCount(
    label = label.label(),
    count = count.toInt(),
)

internal fun io.mien.ffi.Refusal.public(): io.mien.Refusal = io.mien.Refusal.entries[ordinal]

internal fun io.mien.ffi.LeftOut.public(): io.mien.LeftOut = io.mien.LeftOut(
    index = index.toInt(),
    name = name,
    label = label?.label(),
    reason = reason.public(),
)

internal fun io.mien.ffi.LeftOutReason.public(): io.mien.LeftOutReason = when (this) {
    is io.mien.ffi.LeftOutReason.SomebodyElse -> io.mien.LeftOutReason.SomebodyElse(
        similarity = similarity,
    )
    is io.mien.ffi.LeftOutReason.SeveralPeople -> io.mien.LeftOutReason.SeveralPeople
    is io.mien.ffi.LeftOutReason.LooksLike -> io.mien.LeftOutReason.LooksLike(
        label = label.label(),
        probability = probability,
    )
}

internal fun io.mien.ffi.Adapted.public(): io.mien.Adapted = io.mien.Adapted(
    face = face.public(),
    speech = speech?.public(),
)

internal fun io.mien.ffi.AdaptReport.public(): io.mien.AdaptReport = io.mien.AdaptReport(
    mode = mode.public(),
    isAccepted = accepted,
    refusal = refusal?.public(),
    reason = reason,
    areLabelsExamined = labelsExamined,
    clips = clips.map { it.public() },
    labelsWithoutClips = labelsWithoutClips.map { it.label() },
    isRehearsed = rehearsed,
    unlabeled = unlabeled.toInt(),
    pseudoLabeled = pseudoLabeled.toInt(),
    epochs = epochs.toInt(),
    leftOut = leftOut.map { it.public() },
    accuracyBefore = accuracyBefore,
    accuracyAfter = accuracyAfter,
    expectedGain = expectedGain,
    lossBefore = lossBefore,
    lossEstimated = lossEstimated,
)

internal fun io.mien.ffi.CorrectionRefusal.public(): io.mien.CorrectionRefusal =
    io.mien.CorrectionRefusal.entries[ordinal]

internal fun io.mien.ffi.Correction.public(): io.mien.Correction = io.mien.Correction(
    track = track?.toLong(),
    user = user,
    label = label?.label(),
    contradicted = contradicted?.label(),
    frames = frames.toInt(),
    isTaken = taken,
    refusal = refusal?.public(),
)

internal fun io.mien.ffi.CorrectionReport.public(): io.mien.CorrectionReport = io.mien.CorrectionReport(
    isAccepted = accepted,
    refusal = refusal?.public(),
    isPending = pending,
    generation = generation?.toInt(),
    corrections = corrections.toInt(),
    lossBefore = lossBefore,
    lossEstimated = lossEstimated,
)

internal fun io.mien.ffi.LabelProbability.public(): io.mien.LabelProbability = io.mien.LabelProbability(
    label = label.label(),
    probability = probability,
)

internal fun io.mien.LabelProbability.core(): io.mien.ffi.LabelProbability = io.mien.ffi.LabelProbability(
    label = label.name,
    probability = probability,
)

internal fun io.mien.ffi.Affect.public(): io.mien.Affect = io.mien.Affect(
    valence = valence,
    arousal = arousal,
)

internal fun io.mien.ffi.Emotion.public(): io.mien.Emotion = io.mien.Emotion(
    label = label.label(),
    probabilities = probabilities.map { it.public() },
    affect = affect?.public(),
    isAdapted = adapted,
    modalities = modalities.map { it.public() },
)

internal fun io.mien.ffi.EnrollmentStep.public(): io.mien.EnrollmentStep = when (this) {
    is io.mien.ffi.EnrollmentStep.Accepted -> io.mien.EnrollmentStep.Accepted(
        count = count.toInt(),
        targetFrames = targetFrames.toInt(),
    )
    is io.mien.ffi.EnrollmentStep.Rejected -> io.mien.EnrollmentStep.Rejected(
        reason = reason.public(),
        message = message,
    )
}

internal fun io.mien.ffi.Rejection.public(): io.mien.Rejection = when (this) {
    is io.mien.ffi.Rejection.NoFace -> io.mien.Rejection.NoFace
    is io.mien.ffi.Rejection.SeveralFaces -> io.mien.Rejection.SeveralFaces(
        count = count.toInt(),
    )
    is io.mien.ffi.Rejection.Quality -> io.mien.Rejection.Quality(
        issues = issues.map { it.public() },
    )
    is io.mien.ffi.Rejection.TooSimilar -> io.mien.Rejection.TooSimilar
    is io.mien.ffi.Rejection.LooksLikeAnotherUser -> io.mien.Rejection.LooksLikeAnotherUser(
        name = name,
        similarity = similarity,
    )
    is io.mien.ffi.Rejection.LooksLikeSomebodyElse -> io.mien.Rejection.LooksLikeSomebodyElse(
        similarity = similarity,
    )
    is io.mien.ffi.Rejection.Enough -> io.mien.Rejection.Enough
}

internal fun io.mien.ffi.FaceBounds.public(): io.mien.FaceBounds = io.mien.FaceBounds(
    x = x,
    y = y,
    width = width,
    height = height,
)

internal fun io.mien.ffi.FacePoint.public(): io.mien.FacePoint = io.mien.FacePoint(
    x = x,
    y = y,
)

internal fun io.mien.ffi.FaceLandmarks.public(): io.mien.FaceLandmarks = io.mien.FaceLandmarks(
    leftEye = leftEye.public(),
    rightEye = rightEye.public(),
    nose = nose.public(),
    leftMouth = leftMouth.public(),
    rightMouth = rightMouth.public(),
)

internal fun io.mien.ffi.ClipStep.public(): io.mien.ClipStep = when (this) {
    is io.mien.ffi.ClipStep.Taken -> io.mien.ClipStep.Taken(
        frames = frames.toInt(),
    )
    is io.mien.ffi.ClipStep.NoFace -> io.mien.ClipStep.NoFace
}

internal fun io.mien.ffi.ClipSummary.public(): io.mien.ClipSummary = io.mien.ClipSummary(
    name = name,
    label = label?.label(),
    frames = frames.toInt(),
    isConfirmed = confirmed,
    speech = speech?.public(),
)

internal fun io.mien.ffi.UnknownReason.public(): io.mien.UnknownReason = io.mien.UnknownReason.entries[ordinal]

internal fun io.mien.ffi.Identity.public(): io.mien.Identity = when (this) {
    is io.mien.ffi.Identity.User -> io.mien.Identity.User(
        name = name,
        similarity = similarity,
    )
    is io.mien.ffi.Identity.Unknown -> io.mien.Identity.Unknown(
        nearest = nearest,
        reason = reason.public(),
    )
}

internal fun io.mien.ffi.Quality.public(): io.mien.Quality = io.mien.Quality(
    eyeDistance = eyeDistance,
    yaw = yaw,
    pitch = pitch,
    roll = roll,
    sharpness = sharpness,
    brightness = brightness,
    contrast = contrast,
    clipped = clipped,
)

internal fun io.mien.ffi.QualityIssue.public(): io.mien.QualityIssue = io.mien.QualityIssue.entries[ordinal]

internal fun io.mien.ffi.Modality.public(): io.mien.Modality = io.mien.Modality.entries[ordinal]

internal fun io.mien.Modality.core(): io.mien.ffi.Modality = io.mien.ffi.Modality.entries[ordinal]

internal fun io.mien.ffi.SpeechRefusal.public(): io.mien.SpeechRefusal = io.mien.SpeechRefusal.entries[ordinal]

internal fun io.mien.ffi.SpeechDoubt.public(): io.mien.SpeechDoubt = io.mien.SpeechDoubt.entries[ordinal]

internal fun io.mien.ffi.HeardSpeech.public(): io.mien.HeardSpeech = io.mien.HeardSpeech(
    start = startUs.microseconds(),
    end = endUs.microseconds(),
    isOngoing = ongoing,
    speaker = speaker?.toLong(),
    refusal = refusal?.public(),
    doubts = doubts.map { it.public() },
)

internal fun io.mien.ffi.ClipSpeech.public(): io.mien.ClipSpeech = io.mien.ClipSpeech(
    refusal = refusal?.public(),
    doubts = doubts.map { it.public() },
)

internal fun io.mien.ffi.FaceResult.public(): io.mien.FaceResult = io.mien.FaceResult(
    bounds = bounds.public(),
    landmarks = landmarks.public(),
    score = score,
    isPrincipal = principal,
    quality = quality.public(),
    issues = issues.map { it.public() },
    identity = identity.public(),
    emotion = emotion?.public(),
    unsure = unsure.map { it.public() },
)

internal fun io.mien.ffi.FrameResult.public(): io.mien.FrameResult = io.mien.FrameResult(
    width = width.toInt(),
    height = height.toInt(),
    faces = faces.map { it.public() },
    turnDegrees = turnDegrees.toInt(),
)

internal fun io.mien.ffi.Unsure.public(): io.mien.Unsure = when (this) {
    is io.mien.ffi.Unsure.LowConfidence -> io.mien.Unsure.LowConfidence
    is io.mien.ffi.Unsure.ShortWindow -> io.mien.Unsure.ShortWindow
    is io.mien.ffi.Unsure.IdentityOpen -> io.mien.Unsure.IdentityOpen
    is io.mien.ffi.Unsure.Quality -> io.mien.Unsure.Quality(
        issue = issue.public(),
    )
}

internal fun io.mien.ffi.TrackedFace.public(): io.mien.TrackedFace = io.mien.TrackedFace(
    track = track.toLong(),
    bounds = bounds.public(),
    landmarks = landmarks.public(),
    score = score,
    identity = identity?.public(),
    emotion = emotion?.public(),
    label = label?.label(),
    unsure = unsure.map { it.public() },
    quality = quality?.public(),
    analyzedAt = analyzedUs?.microseconds(),
)

internal fun io.mien.ffi.StreamEvent.public(): io.mien.StreamEvent = when (this) {
    is io.mien.ffi.StreamEvent.Began -> io.mien.StreamEvent.Began(
        track = track.toLong(),
    )
    is io.mien.ffi.StreamEvent.Lost -> io.mien.StreamEvent.Lost(
        track = track.toLong(),
    )
    is io.mien.ffi.StreamEvent.Ended -> io.mien.StreamEvent.Ended(
        track = track.toLong(),
    )
    is io.mien.ffi.StreamEvent.IdentitySettled -> io.mien.StreamEvent.IdentitySettled(
        track = track.toLong(),
        identity = identity.public(),
    )
    is io.mien.ffi.StreamEvent.IdentityLost -> io.mien.StreamEvent.IdentityLost(
        track = track.toLong(),
    )
    is io.mien.ffi.StreamEvent.EmotionChanged -> io.mien.StreamEvent.EmotionChanged(
        track = track.toLong(),
        user = user,
        from = from?.label(),
        to = to.label(),
        probability = probability,
    )
}

internal fun io.mien.ffi.StreamResult.public(): io.mien.StreamResult = io.mien.StreamResult(
    timestamp = timestampUs.microseconds(),
    width = width.toInt(),
    height = height.toInt(),
    faces = faces.map { it.public() },
    events = events.map { it.public() },
    ranDetector = detected,
    speech = speech?.public(),
    error = error?.public(),
)

internal fun io.mien.ffi.Submission.public(): io.mien.Submission = io.mien.Submission.entries[ordinal]

internal fun io.mien.ffi.LiveStatistics.public(): io.mien.LiveStatistics = io.mien.LiveStatistics(
    submitted = submitted.toLong(),
    paced = paced.toLong(),
    unchanged = unchanged.toLong(),
    dropped = dropped.toLong(),
    processed = processed.toLong(),
    failed = failed.toLong(),
    pending = pending.toLong(),
    resultsLost = resultsLost.toLong(),
    lastAge = lastAgeUs.microseconds(),
    maxAge = maxAgeUs.microseconds(),
)

internal fun io.mien.ffi.SalvageReport.public(): io.mien.SalvageReport = io.mien.SalvageReport(
    users = users.map { it.public() },
    lostUsers = lostUsers.toInt(),
    settings = settings.toInt(),
    damagedValues = damagedValues.toInt(),
    missingValues = missingValues?.toLong(),
    wasSearched = searched,
    keptAs = keptAs,
    isComplete = isComplete,
)

internal fun io.mien.ffi.SalvagedUser.public(): io.mien.SalvagedUser = io.mien.SalvagedUser(
    name = name,
    timelineValues = timelineValues.toInt(),
    damagedTimelineValues = damagedTimelineValues.toInt(),
)

internal fun <Time : Any> io.mien.ffi.TimelineEvent.public(scale: TimeScale<Time>): io.mien.TimelineEvent<Time> =
    io.mien.TimelineEvent(
        at = scale.read(atMs),
        duration = durationMs.milliseconds(),
        label = label.label(),
        probabilities = probabilities.map { it.public() },
        isAdapted = adapted,
    )

internal fun <Time : Any> io.mien.TimelineEvent<Time>.core(scale: TimeScale<Time>): io.mien.ffi.TimelineEvent =
    io.mien.ffi.TimelineEvent(
        atMs = scale.write(at, "at"),
        durationMs = duration.millis("duration"),
        label = label.name,
        probabilities = probabilities.map { it.core() },
        adapted = isAdapted,
    )

internal fun io.mien.ffi.Recorded.public(): io.mien.Recorded = io.mien.Recorded(
    added = added.toLong(),
    replaced = replaced.toLong(),
)

internal fun <Time : Any> io.mien.ffi.TimelineSummary.public(scale: TimeScale<Time>): io.mien.TimelineSummary<Time> =
    io.mien.TimelineSummary(
        medium = medium,
        labels = labels.map { it.label() },
        events = events.toLong(),
        first = firstMs?.let(scale::read),
        last = lastMs?.let(scale::read),
        eventsKeptFrom = eventsKeptFromMs?.let(scale::read),
    )

internal fun io.mien.ffi.BucketWidth.public(): io.mien.BucketWidth = io.mien.BucketWidth.entries[ordinal]

internal fun io.mien.BucketWidth.core(): io.mien.ffi.BucketWidth = io.mien.ffi.BucketWidth.entries[ordinal]

internal fun io.mien.ffi.ClassTally.public(): io.mien.ClassTally = io.mien.ClassTally(
    label = label.label(),
    events = events.toLong(),
    share = share,
)

internal fun io.mien.ffi.Tally.public(): io.mien.Tally = io.mien.Tally(
    events = events.toLong(),
    adapted = adapted.toLong(),
    observed = observedMs.milliseconds(),
    classes = classes.map { it.public() },
    affect = affect?.public(),
)

internal fun <Time : Any> io.mien.ffi.Bucket.public(scale: TimeScale<Time>): io.mien.Bucket<Time> = io.mien.Bucket(
    start = scale.read(startMs),
    length = lengthMs.milliseconds(),
    tally = tally.public(),
)

internal fun io.mien.ffi.ExportFormat.public(): io.mien.ExportFormat = io.mien.ExportFormat.entries[ordinal]

internal fun io.mien.ExportFormat.core(): io.mien.ffi.ExportFormat = io.mien.ffi.ExportFormat.entries[ordinal]

internal fun io.mien.ffi.User.public(): io.mien.User = io.mien.User(
    name = name,
    enrolledAt = enrolledAtMs.instant(),
    embeddings = embeddings.toInt(),
    generations = generations.map { it.public() },
    activeGeneration = activeGeneration?.toInt(),
    speechGenerations = speechGenerations.map { it.public() },
    activeSpeechGeneration = activeSpeechGeneration?.toInt(),
)

internal fun io.mien.ffi.Generation.public(): io.mien.Generation = io.mien.Generation(
    number = number.toInt(),
    adaptedAt = adaptedAtMs.instant(),
    clips = clips.toInt(),
    estimatedLoss = estimatedLoss,
    isUsable = usable,
)

internal fun io.mien.ffi.Likeness.public(): io.mien.Likeness = io.mien.Likeness(
    similarity = similarity,
    resembles = resembles,
)

package io.mien.internal

import io.mien.AdaptOptions
import io.mien.AdaptReport
import io.mien.Adapted
import io.mien.Bucket
import io.mien.BucketWidth
import io.mien.Calibration
import io.mien.CalibrationFigures
import io.mien.ClassTally
import io.mien.Clock
import io.mien.Correction
import io.mien.CorrectionRefusal
import io.mien.CorrectionReport
import io.mien.EngineOptions
import io.mien.EnrollmentOptions
import io.mien.ExportFormat
import io.mien.FitOptions
import io.mien.FusionWeights
import io.mien.Generation
import io.mien.HeadKind
import io.mien.LabelCount
import io.mien.LearningMode
import io.mien.LeftOut
import io.mien.LeftOutReason
import io.mien.Likeness
import io.mien.LiveOptions
import io.mien.LiveStatistics
import io.mien.PseudoLabels
import io.mien.Refusal
import io.mien.Retention
import io.mien.SalvageReport
import io.mien.SalvagedUser
import io.mien.StoreLimits
import io.mien.StreamOptions
import io.mien.Tally
import io.mien.TimelineEvent
import io.mien.TimelineOptions
import io.mien.TimelineSummary
import io.mien.TrackerOptions
import io.mien.User
import java.nio.ByteBuffer
import java.nio.ByteOrder
import io.mien.ffi.AdaptOptions as CoreAdaptOptions
import io.mien.ffi.AdaptReport as CoreAdaptReport
import io.mien.ffi.Adapted as CoreAdapted
import io.mien.ffi.Bucket as CoreBucket
import io.mien.ffi.BucketWidth as CoreBucketWidth
import io.mien.ffi.Calibration as CoreCalibration
import io.mien.ffi.Clock as CoreClock
import io.mien.ffi.Correction as CoreCorrection
import io.mien.ffi.CorrectionRefusal as CoreCorrectionRefusal
import io.mien.ffi.CorrectionReport as CoreCorrectionReport
import io.mien.ffi.DetectorOptions as CoreDetectorOptions
import io.mien.ffi.EngineOptions as CoreEngineOptions
import io.mien.ffi.EnrollmentOptions as CoreEnrollmentOptions
import io.mien.ffi.ExportFormat as CoreExportFormat
import io.mien.ffi.Figures as CoreFigures
import io.mien.ffi.FitOptions as CoreFitOptions
import io.mien.ffi.Fusion as CoreFusion
import io.mien.ffi.FusionWeights as CoreFusionWeights
import io.mien.ffi.Generation as CoreGeneration
import io.mien.ffi.HeadKind as CoreHeadKind
import io.mien.ffi.LearningMode as CoreLearningMode
import io.mien.ffi.LeftOutReason as CoreLeftOutReason
import io.mien.ffi.Likeness as CoreLikeness
import io.mien.ffi.LiveOptions as CoreLiveOptions
import io.mien.ffi.LiveStatistics as CoreLiveStatistics
import io.mien.ffi.PseudoLabels as CorePseudoLabels
import io.mien.ffi.QualityLimits as CoreQualityLimits
import io.mien.ffi.Refusal as CoreRefusal
import io.mien.ffi.Retention as CoreRetention
import io.mien.ffi.SalvageReport as CoreSalvageReport
import io.mien.ffi.StoreLimits as CoreStoreLimits
import io.mien.ffi.StreamOptions as CoreStreamOptions
import io.mien.ffi.Tally as CoreTally
import io.mien.ffi.TimelineEvent as CoreTimelineEvent
import io.mien.ffi.TimelineOptions as CoreTimelineOptions
import io.mien.ffi.TimelineSummary as CoreTimelineSummary
import io.mien.ffi.TrackerOptions as CoreTrackerOptions
import io.mien.ffi.User as CoreUser

// Conversions between the types of the native library and those of the API.

internal fun EngineOptions.core(): CoreEngineOptions = CoreEngineOptions(
    CoreDetectorOptions(
        detector.size.unsigned("size"),
        detector.score,
        detector.overlap,
        detector.maxFaces.unsigned("maxFaces"),
    ),
    quality.run {
        CoreQualityLimits(eyeDistance, yaw, pitch, roll, sharpness, darkest, brightest, contrast, clipped)
    },
    calibration?.core(),
    genericHead,
    genericSpeechHead,
    parallel,
    CoreFusion(fusion.face.core(), fusion.speech.core()),
)

private fun FusionWeights.core() = CoreFusionWeights(generic, adapted)

internal fun StoreLimits.core(): CoreStoreLimits = CoreStoreLimits(
    users.unsigned("users"),
    embeddings.unsigned("embeddings"),
    storeBytes.unsigned("storeBytes"),
    importBytes.unsigned("importBytes"),
)

internal fun CoreStoreLimits.public(): StoreLimits =
    StoreLimits(users.toInt(), embeddings.toInt(), storeBytes.toLong(), importBytes.toLong())

internal fun TrackerOptions.core(): CoreTrackerOptions = CoreTrackerOptions(
    maxFaces.unsigned("maxFaces"),
    detectEvery.unsigned("detectEvery"),
    detectWithinUs.unsigned("detectWithinUs"),
    lostUs.unsigned("lostUs"),
    beginScore,
)

internal fun StreamOptions.core(): CoreStreamOptions = CoreStreamOptions(
    tracker.core(),
    analyzeFps,
    maxAnalyses.unsigned("maxAnalyses"),
    windowFrames.unsigned("windowFrames"),
    minWindow.unsigned("minWindow"),
    smoothingUs.unsigned("smoothingUs"),
    switchMargin,
    switchUs.unsigned("switchUs"),
    minConfidence,
    settleFrames.unsigned("settleFrames"),
    identifyEveryUs.unsigned("identifyEveryUs"),
    speechHoldUs.unsigned("speechHoldUs"),
)

internal fun LiveOptions.core(): CoreLiveOptions =
    CoreLiveOptions(stream.core(), targetFps, minChange, idleUs.unsigned("idleUs"), maxResults.unsigned("maxResults"))

internal fun CoreLiveStatistics.public(): LiveStatistics = LiveStatistics(
    submitted.toLong(), paced.toLong(), unchanged.toLong(), dropped.toLong(), processed.toLong(), failed.toLong(),
    pending.toLong(), resultsLost.toLong(), lastAgeUs.toLong(), maxAgeUs.toLong(),
)

internal fun EnrollmentOptions.core(): CoreEnrollmentOptions = CoreEnrollmentOptions(
    targetFrames.unsigned("targetFrames"),
    minFrames.unsigned("minFrames"),
    maxFrames.unsigned("maxFrames"),
    minDifference,
    samePerson,
)

internal fun HeadKind.core(): CoreHeadKind = when (this) {
    HeadKind.LOGISTIC -> CoreHeadKind.LOGISTIC
    HeadKind.SINGLE_ATTENTION -> CoreHeadKind.SINGLE_ATTENTION
    HeadKind.RELATION_ATTENTION -> CoreHeadKind.RELATION_ATTENTION
    HeadKind.SELF_ATTENTION -> CoreHeadKind.SELF_ATTENTION
}

internal fun FitOptions.core(): CoreFitOptions = CoreFitOptions(
    epochs.unsigned("epochs"),
    batch.unsigned("batch"),
    rate,
    pull,
    balanced,
    smoothing,
    seed.unsigned("seed"),
)

internal fun fitOptions(head: HeadKind): FitOptions = call {
    NativeLibrary.load()
    io.mien.ffi.defaultFitOptions(head.core()).run {
        FitOptions(epochs.toInt(), batch.toInt(), rate, pull, balanced, smoothing, seed.toLong())
    }
}

internal fun PseudoLabels.core(): CorePseudoLabels = CorePseudoLabels(confidence, weight)

internal fun AdaptOptions.core(): CoreAdaptOptions = CoreAdaptOptions(
    head.core(),
    fit?.core(),
    rehearsal,
    centered,
    folds.unsigned("folds"),
    gate,
    pseudoLabels?.core(),
    uncheckedFaces,
    uncheckedVoices,
)

internal fun CoreAdapted.public(): Adapted = Adapted(face.public(), speech?.public())

private fun CoreAdaptReport.public(): AdaptReport = AdaptReport(
    when (mode) {
        CoreLearningMode.LABELED -> LearningMode.LABELED
        CoreLearningMode.BASELINE -> LearningMode.BASELINE
    },
    accepted, refusal?.public(), reason, labelsExamined, clips.map { LabelCount(it.label, it.count.toInt()) },
    labelsWithoutClips, rehearsed, unlabeled.toInt(), pseudoLabeled.toInt(), epochs.toInt(),
    leftOut.map { LeftOut(it.index.toInt(), it.name, it.label, it.reason.public()) },
    accuracyBefore, accuracyAfter, expectedGain, lossBefore, lossEstimated,
)

private fun CoreRefusal.public(): Refusal = when (this) {
    CoreRefusal.SOMEBODY_ELSE -> Refusal.SOMEBODY_ELSE
    CoreRefusal.LABELS_CONTRADICT -> Refusal.LABELS_CONTRADICT
    CoreRefusal.LABELS_DOUBTFUL -> Refusal.LABELS_DOUBTFUL
    CoreRefusal.NOT_BETTER -> Refusal.NOT_BETTER
    CoreRefusal.TOO_FEW_CLIPS -> Refusal.TOO_FEW_CLIPS
}

private fun CoreLeftOutReason.public(): LeftOutReason = when (this) {
    is CoreLeftOutReason.SomebodyElse -> LeftOutReason.SomebodyElse(similarity)
    CoreLeftOutReason.SeveralPeople -> LeftOutReason.SeveralPeople
    is CoreLeftOutReason.LooksLike -> LeftOutReason.LooksLike(label, probability)
}

internal fun CoreCorrection.public(): Correction =
    Correction(track?.toLong(), user, label, contradicted, frames.toInt(), taken, refusal?.public())

private fun CoreCorrectionRefusal.public(): CorrectionRefusal = when (this) {
    CoreCorrectionRefusal.NO_TRACK -> CorrectionRefusal.NO_TRACK
    CoreCorrectionRefusal.IDENTITY_OPEN -> CorrectionRefusal.IDENTITY_OPEN
    CoreCorrectionRefusal.UNKNOWN_FACE -> CorrectionRefusal.UNKNOWN_FACE
    CoreCorrectionRefusal.NOTHING_SHOWN -> CorrectionRefusal.NOTHING_SHOWN
    CoreCorrectionRefusal.SOMEBODY_ELSE -> CorrectionRefusal.SOMEBODY_ELSE
    CoreCorrectionRefusal.NOTHING_TO_UNDO -> CorrectionRefusal.NOTHING_TO_UNDO
    CoreCorrectionRefusal.ANSWER_CHANGED -> CorrectionRefusal.ANSWER_CHANGED
}

internal fun CoreCorrectionReport.public(): CorrectionReport = CorrectionReport(
    accepted,
    refusal?.public(),
    pending,
    generation?.toInt(),
    corrections.toInt(),
    lossBefore,
    lossEstimated,
)

internal fun Calibration.core(): CoreCalibration {
    val bytes = ByteBuffer.allocate(center.size * Float.SIZE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
    bytes.asFloatBuffer().put(center)
    val figures = figures?.run {
        CoreFigures(users.unsigned("users"), wrongUserRate, missedUserRate, unknownAcceptedRate)
    }
    return CoreCalibration(bytes.array(), threshold, rise, margin, network, evidence, figures)
}

internal fun CoreCalibration.public(): Calibration {
    val values = FloatArray(center.size / Float.SIZE_BYTES)
    ByteBuffer.wrap(center).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values)
    val figures =
        figures?.run { CalibrationFigures(users.toInt(), wrongUserRate, missedUserRate, unknownAcceptedRate) }
    return Calibration(threshold, rise, margin, values, network, evidence, figures)
}

internal fun CoreLikeness.public(): Likeness = Likeness(similarity, resembles)

internal fun CoreUser.public(): User = User(
    name,
    enrolledAtMs.toLong(),
    embeddings.toInt(),
    generations.map { it.public() },
    activeGeneration?.toInt(),
    speechGenerations.map { it.public() },
    activeSpeechGeneration?.toInt(),
)

private fun CoreGeneration.public(): Generation =
    Generation(number.toInt(), adaptedAtMs.toLong(), clips.toInt(), estimatedLoss, usable)

internal fun Clock.core(): CoreClock = when (this) {
    Clock.Wall -> CoreClock.Wall
    is Clock.Media -> CoreClock.Media(name)
}

internal fun CoreClock.public(): Clock = when (this) {
    CoreClock.Wall -> Clock.Wall
    is CoreClock.Media -> Clock.Media(name)
}

internal fun BucketWidth.core(): CoreBucketWidth = when (this) {
    BucketWidth.SECOND -> CoreBucketWidth.SECOND
    BucketWidth.MINUTE -> CoreBucketWidth.MINUTE
    BucketWidth.HOUR -> CoreBucketWidth.HOUR
    BucketWidth.DAY -> CoreBucketWidth.DAY
}

internal fun ExportFormat.core(): CoreExportFormat = when (this) {
    ExportFormat.CSV -> CoreExportFormat.CSV
    ExportFormat.JSON -> CoreExportFormat.JSON
}

internal fun TimelineEvent.core(): CoreTimelineEvent = CoreTimelineEvent(
    atMs.unsigned("atMs"),
    durationMs.unsigned("durationMs"),
    label,
    probabilities.map { it.core() },
    adapted,
)

internal fun CoreTimelineEvent.public(): TimelineEvent = TimelineEvent(
    atMs.toLong(),
    durationMs.toInt(),
    label,
    probabilities.map { it.public() },
    adapted,
)

internal fun CoreTally.public(): Tally = Tally(
    events.toLong(),
    adapted.toLong(),
    observedMs.toLong(),
    classes.map { ClassTally(it.label, it.events.toLong(), it.share) },
    affect?.public(),
)

internal fun CoreBucket.public(): Bucket = Bucket(startMs.toLong(), lengthMs.toLong(), tally.public())

internal fun CoreTimelineSummary.public(): TimelineSummary = TimelineSummary(
    clock.public(),
    labels,
    events.toLong(),
    firstMs?.toLong(),
    lastMs?.toLong(),
    eventsKeptFromMs.toLong(),
)

internal fun TimelineOptions.core(): CoreTimelineOptions {
    val kept = retention.run { listOf(events, minutes, hours, days, media).map { it?.unsigned("a number of days") } }
    return CoreTimelineOptions(offsetMinutes, CoreRetention(kept[0], kept[1], kept[2], kept[3], kept[4]))
}

internal fun CoreTimelineOptions.public(): TimelineOptions = TimelineOptions(
    offsetMinutes,
    retention.run { Retention(events?.toInt(), minutes?.toInt(), hours?.toInt(), days?.toInt(), media?.toInt()) },
)

internal fun CoreSalvageReport.public() = SalvageReport(
    users = users.map { SalvagedUser(it.name, it.timelineValues.toInt(), it.damagedTimelineValues.toInt()) },
    lostUsers = lostUsers.toInt(),
    settings = settings.toInt(),
    damagedValues = damagedValues.toInt(),
    missingValues = missingValues?.toLong(),
    searched = searched,
    keptAs = keptAs,
    isComplete = complete,
)

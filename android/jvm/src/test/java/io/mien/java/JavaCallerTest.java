package io.mien.java;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.mien.AdaptOptions;
import io.mien.Adapted;
import io.mien.Affect;
import io.mien.AudioFormat;
import io.mien.BucketWidth;
import io.mien.Clips;
import io.mien.CorrectionRefusal;
import io.mien.EmotionEngine;
import io.mien.EmotionLabel;
import io.mien.EngineOptions;
import io.mien.Enrollment;
import io.mien.EnrollmentStep;
import io.mien.ErrorCode;
import io.mien.ExportFormat;
import io.mien.FitOptions;
import io.mien.Frame;
import io.mien.FrameResult;
import io.mien.HeadKind;
import io.mien.HeardSpeech;
import io.mien.LabelProbability;
import io.mien.LiveOptions;
import io.mien.LiveSession;
import io.mien.MienError;
import io.mien.Modality;
import io.mien.ModelFiles;
import io.mien.ModelPack;
import io.mien.PixelFormat;
import io.mien.SampleFormat;
import io.mien.StoreLimits;
import io.mien.StoreLocation;
import io.mien.StreamOptions;
import io.mien.StreamResult;
import io.mien.TimelineEvent;
import io.mien.TimelineOptions;
import io.mien.TrackerOptions;
import io.mien.VideoSession;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application in Java: no word of Kotlin. */
class JavaCallerTest {
    private static final File REPOSITORY = new File(System.getProperty("mien.repository"));
    private static final File LESSONS = new File(REPOSITORY, "tests/fixtures/adapt/woman/learn");
    private static final String WANDA = "Wanda";

    @TempDir
    File folder;

    private final ExecutorService executor = Executors.newSingleThreadExecutor(work -> new Thread(work, "callbacks"));
    private EmotionEngine engine;
    private UsersFutures users;

    @BeforeEach
    void create() {
        ModelFiles files = ModelFiles.folder(new File(REPOSITORY, "models"));
        try (ModelPack pack = EngineFutures.read(files).join()) {
            StoreLocation store = StoreLocation.unencrypted(folder);
            engine = EngineFutures.create(pack, new EngineOptions(), store).join();
        }
        users = UsersFutures.from(engine);
    }

    @AfterEach
    void close() {
        engine.close();
        EngineFutures.from(engine).awaitClosed().join();
        executor.shutdown();
    }

    private static byte[] picture(String path) {
        try {
            return Files.readAllBytes(new File(REPOSITORY, "tests/fixtures/" + path).toPath());
        } catch (IOException error) {
            throw new AssertionError(error);
        }
    }

    private static Frame frame(String path) {
        return EngineFutures.decode(picture(path)).join();
    }

    private static List<byte[]> lessons(String label) {
        List<byte[]> pictures = new ArrayList<>();
        for (String name : new File(LESSONS, label).list()) pictures.add(picture("adapt/woman/learn/" + label + "/" + name));
        return pictures;
    }

    private static ErrorCode code(CompletableFuture<?> future) {
        CompletionException error = assertThrows(CompletionException.class, future::join);
        return ((MienError) error.getCause()).getCode();
    }

    private void enroll() {
        try (Enrollment enrollment = users.enroll(WANDA).join()) {
            EnrollmentFutures futures = EnrollmentFutures.from(enrollment);
            EnrollmentStep step = futures.add(lessons("happy").get(0)).join();
            assertTrue(step instanceof EnrollmentStep.Accepted, step.toString());
            futures.add(frame("adapt/woman/learn/sad/0018.jpg")).join();
            assertTrue(futures.finish().join() >= 1);
        }
    }

    private static void record(Clips clips, ClipsFutures futures) {
        for (String label : new String[] {"fear", "happy", "sad"}) {
            for (byte[] picture : lessons(label)) {
                clips.begin(new EmotionLabel(label), null);
                futures.add(picture).join();
                assertEquals(1, futures.end().join());
            }
        }
    }

    @Test
    void usersAreEnrolledAdaptedAndDeleted() {
        enroll();
        assertEquals(WANDA, users.list().join().get(0).getName());
        assertEquals(1, users.get(WANDA).join().getGenerations().size() + 1);
        assertEquals(ErrorCode.USER_NOT_FOUND, code(users.get("Nobody")));
        assertEquals(List.of(), users.damaged().join());
        assertNotNull(users.verify(WANDA, lessons("happy").get(1)).join());
        try (Clips clips = users.clips(WANDA).join()) {
            ClipsFutures futures = ClipsFutures.from(clips);
            record(clips, futures);
            futures.confirm("happy/1").join();
            List<String> threads = Collections.synchronizedList(new ArrayList<>());
            Adapted adapted = users.adapt(WANDA, clips, new AdaptOptions(), executor, progress -> {
                threads.add(Thread.currentThread().getName());
            }).join();
            assertTrue(adapted.getFace().isAccepted(), adapted.getFace().getReason());
            assertTrue(threads.stream().allMatch(name -> name.startsWith("callbacks")) && !threads.isEmpty(), threads.toString());
            users.adaptLater(WANDA).join();
        }
        assertEquals(List.of(WANDA), users.due().join());
        AtomicReference<String> told = new AtomicReference<>();
        Map<String, Adapted> reports =
            users.adaptDue(new AdaptOptions(), executor, (user, count, progress) -> told.set(user + " of " + count)).join();
        assertEquals(1, reports.size());
        assertEquals("0 of 1", told.get());
        assertEquals(0, users.rollback(WANDA, 0).join() == null ? 0 : 1);
        try (Clips clips = users.clips(WANDA, 7).join()) {
            ClipsFutures futures = ClipsFutures.from(clips);
            int count = clips.list().size();
            futures.remove(0).join();
            assertEquals(count - 1, clips.list().size());
            clips.begin(EmotionLabel.HAPPY, null);
            futures.add(frame("adapt/woman/learn/sad/0018.jpg")).join();
            futures.addAudio(ByteBuffer.allocateDirect(3200), SampleFormat.I16, Duration.ZERO);
            futures.end().join();
            assertNotNull(users.adapt(WANDA, clips).join().getFace());
            futures.clear().join();
            assertEquals(0, clips.list().size());
        }
        assertEquals(ErrorCode.NOT_ENOUGH_SAMPLES, code(users.relearn(WANDA)));
        assertNull(users.undoCorrection(WANDA).join());
        assertEquals(ErrorCode.INVALID_OPTION, code(users.rollback(WANDA, 99, Modality.FACE)));
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        users.export(WANDA, file, "open sesame").join();
        users.delete(WANDA).join();
        assertEquals(WANDA, users.importUser(new ByteArrayInputStream(file.toByteArray()), "open sesame").join());
        try (Enrollment more = users.enrollMore(WANDA).join()) {
            assertEquals(0, more.getCount());
        }
        users.calibrate(users.defaultCalibration().join()).join();
        assertEquals(users.defaultCalibration().join().getThreshold(), users.calibration().join().getThreshold());
    }

    @Test
    void anEngineIsAsked() throws IOException {
        EngineFutures futures = EngineFutures.from(engine);
        assertEquals(1, futures.process(picture("pictures/obama.jpg")).join().getFaces().size());
        FrameResult result = futures.process(frame("pictures/obama.jpg")).join();
        assertEquals(result, engine.processBlocking(Frame.decodeBlocking(picture("pictures/obama.jpg"))));
        assertTrue(result.getFaces().get(0).getBounds().getWidth() > 20);
        futures.setSetting("consent", new byte[] {1}).join();
        assertEquals(1, futures.setting("consent").join().length);
        assertTrue(futures.storeLimits().join().getUsers() > 0);
        futures.pruneTimelines().join();
        futures.eraseFreeSpace().join();
        assertEquals(ErrorCode.INVALID_OPTION, code(futures.changeStoreKey(new byte[5])));
        assertTrue(EngineFutures.libraryVersion().matches("\\d+\\.\\d+\\.\\d+"));
        engine.close();
        futures.awaitClosed().join();
        assertEquals(ErrorCode.CLOSED, code(futures.process(picture("pictures/obama.jpg"))));
        assertTrue(EngineFutures.salvage(StoreLocation.unencrypted(folder)).join().isComplete());
    }

    @Test
    void sessionsTakeTimesOfJava() throws Exception {
        Frame face = frame("adapt/woman/learn/sad/0018.jpg");
        ByteBuffer silence = ByteBuffer.allocateDirect(3200);
        try (VideoSession video = engine.video(new StreamOptions())) {
            VideoFutures futures = VideoFutures.from(video);
            futures.submitAudio(silence, SampleFormat.I16, Duration.ZERO);
            StreamResult first = futures.process(face, Duration.ofMillis(100)).join();
            assertEquals(Duration.ofMillis(100), Times.timestamp(first));
            StreamResult second = futures.processBlocking(face, Duration.ofMillis(200));
            long track = second.getFaces().get(0).getTrack();
            assertNotNull(Times.analyzedAt(second.getFaces().get(0)));
            assertEquals(CorrectionRefusal.IDENTITY_OPEN, futures.correct(track, EmotionLabel.HAPPY).join().getRefusal());
            assertNotNull(futures.confirm(track).join().getRefusal());
            assertEquals(CorrectionRefusal.NOTHING_TO_UNDO, futures.undo().join().getRefusal());
        }
        List<Object> heard = Collections.synchronizedList(new ArrayList<>());
        CompletableFuture<Void> ended = new CompletableFuture<>();
        LiveSession live = engine.live(new LiveOptions.Builder().setMinChange(0f).setMaxIdleMillis(100).build());
        LiveFutures futures = LiveFutures.from(live);
        assertEquals(ErrorCode.TIMESTAMP_ORDER, submittedTwice(futures, face));
        assertEquals(Duration.ofMillis(1), Times.timestamp(futures.receive().join()));
        assertNull(futures.receiveBlocking(Duration.ofMillis(1)));
        futures.submitAudio(silence, SampleFormat.I16, Duration.ZERO, new AudioFormat(16_000, 1));
        assertEquals(CorrectionRefusal.NO_TRACK, futures.correct(99, EmotionLabel.HAPPY, null).join().getRefusal());
        assertEquals(CorrectionRefusal.NO_TRACK, futures.confirm(99, null).join().getRefusal());
        assertEquals(CorrectionRefusal.NOTHING_TO_UNDO, futures.undo().join().getRefusal());
        futures.listen(executor, new LiveListener() {
            @Override
            public void onResult(StreamResult result) {
                heard.add(Times.timestamp(result));
                heard.add(Thread.currentThread().getName().split(" ")[0]);
            }

            @Override
            public void onEnd(MienError error) {
                if (error == null) ended.complete(null); else ended.completeExceptionally(error);
            }
        });
        futures.submit(face, Duration.ofSeconds(1));
        while (heard.size() < 2) Thread.sleep(5);
        live.close();
        ended.join();
        assertEquals(List.of(Duration.ofSeconds(1), "callbacks"), heard);
        assertTrue(!Times.maxAge(live.getStatistics()).isNegative() && !Times.lastAge(live.getStatistics()).isNegative());
    }

    private static ErrorCode submittedTwice(LiveFutures live, Frame face) {
        live.submit(face, Duration.ofMillis(1));
        return assertThrows(MienError.class, () -> live.submit(face, Duration.ofMillis(1))).getCode();
    }

    @Test
    void aListenerThatIsClosedHearsNothingMore() throws Exception {
        Frame face = frame("adapt/woman/learn/sad/0018.jpg");
        try (LiveSession live = engine.live(new LiveOptions.Builder().setMinChange(0f).build())) {
            LiveFutures futures = LiveFutures.from(live);
            List<Object> calls = Collections.synchronizedList(new ArrayList<>());
            AutoCloseable listening = futures.listen(executor, new LiveListener() {
                @Override
                public void onResult(StreamResult result) {
                    calls.add(result);
                }

                @Override
                public void onEnd(MienError error) {
                    calls.add("end");
                }
            });
            listening.close();
            futures.submit(face, Duration.ofMillis(1));
            assertEquals(Duration.ofMillis(1), Times.timestamp(futures.receive().join()));
            CompletableFuture<StreamResult> waiting = futures.receive();
            waiting.cancel(true);
            assertThrows(CancellationException.class, waiting::join);
            assertEquals(List.of(), calls);
        }
    }

    @Test
    void timelinesHaveTimesOfJava() {
        enroll();
        StreamResult seen;
        try (VideoSession video = engine.video(new StreamOptions())) {
            VideoFutures.from(video).processBlocking(frame("adapt/woman/learn/sad/0018.jpg"), Duration.ZERO);
            seen = VideoFutures.from(video).processBlocking(frame("adapt/woman/learn/sad/0018.jpg"), Duration.ofMillis(200));
        }
        Instant now = Instant.ofEpochSecond(86_400);
        TimelineFutures<Instant> timeline = TimelineFutures.from(engine, WANDA);
        TimelineEvent<Instant> event = Times.event(seen.getFaces().get(0), now, Duration.ofMillis(50));
        assertEquals(1, timeline.record(List.of(event)).join().getAdded());
        Instant later = now.plusSeconds(1);
        TimelineEvent<Instant> read = timeline.events(now, later).join().get(0);
        assertEquals(now, read.getAt());
        assertEquals(Duration.ofMillis(50), Times.duration(read));
        assertEquals(now, timeline.buckets(now, later).join().get(0).getStart());
        assertEquals(Duration.ofMinutes(1), Times.length(timeline.buckets(now, later).join().get(0)));
        assertEquals(Duration.ofMillis(50), Times.observed(timeline.total(now, later, BucketWidth.HOUR).join()));
        assertTrue(timeline.exportEvents(now, later, ExportFormat.CSV).join().startsWith("at_ms"));
        assertTrue(timeline.exportBuckets(now, later, BucketWidth.DAY, ExportFormat.JSON).join().contains("buckets"));
        assertEquals(1, timeline.forget(now, later).join());
        TimelineFutures<Duration> film = TimelineFutures.from(engine, WANDA, "film");
        Duration second = Duration.ofSeconds(1);
        film.record(List.of(Times.event(seen.getFaces().get(0), second, Duration.ZERO))).join();
        assertEquals(second, film.events(Duration.ZERO, second.plusMillis(1), 5).join().get(0).getAt());
        assertEquals(1, users.timelines(WANDA).join().getMedia().size());
        users.setTimelineOptions(WANDA, new TimelineOptions()).join();
        assertEquals(new TimelineOptions(), users.timelineOptions(WANDA).join());
    }

    @Test
    void framesAreMadeOfBuffersAndArrays() {
        ByteBuffer gray = ByteBuffer.allocateDirect(64 * 48);
        ByteBuffer chroma = ByteBuffer.allocateDirect(64 * 48 / 2);
        Frame[] frames = {
            Frame.packed(PixelFormat.GRAY_8, 64, 48, gray),
            Frame.packed(PixelFormat.GRAY_8, 64, 48, gray, 64),
            Frame.copyOf(PixelFormat.GRAY_8, 64, 48, gray),
            Frame.copyOf(PixelFormat.GRAY_8, 64, 48, gray, 64),
            Frame.copyOf(PixelFormat.GRAY_8, 64, 48, new byte[64 * 48], 64),
            Frame.semiPlanar(PixelFormat.NV12, 64, 48, gray, chroma),
            Frame.semiPlanar(PixelFormat.NV12, 64, 48, gray, chroma, 64),
            Frame.semiPlanar(PixelFormat.NV12, 64, 48, gray, chroma, 64, 64),
            Frame.yuv420(64, 48, gray, chroma, chroma),
            Frame.yuv420(64, 48, gray, chroma, chroma, 64),
            Frame.yuv420(64, 48, gray, chroma, chroma, 64, 32),
            Frame.yuv420(64, 48, gray, chroma, chroma, 64, 32, 1),
        };
        for (Frame frame : frames) assertEquals(0, engine.processBlocking(frame).getFaces().size());
    }

    @Test
    void whatNeedsNoEngineNeedsNoWordOfKotlin() {
        assertNotNull(Affect.of(List.of(new LabelProbability(EmotionLabel.HAPPY, 1f))));
        assertTrue(FitOptions.of(HeadKind.LOGISTIC).getEpochs() > 0);
        assertTrue(EmotionEngine.libraryVersion().startsWith("0."));
        StoreLimits limits = new StoreLimits.Builder().setUsers(3).build();
        assertEquals(limits, StoreLocation.unencrypted(folder, limits).getLimits());
        ModelFiles files = ModelFiles.folder(new File(REPOSITORY, "models"));
        try (ModelPack pack = EngineFutures.read(files).join()) {
            EngineFutures.create(pack).join().close();
            EngineFutures.create(pack, new EngineOptions.Builder().setParallel(true).build()).join().close();
        }
        try (VideoSession video = engine.video(new StreamOptions())) {
            ByteBuffer tone = ByteBuffer.allocateDirect(2 * 32_000).order(ByteOrder.nativeOrder());
            for (int at = 0; at < 32_000; at++) tone.putShort((short) (9000 * Math.sin(at * 0.05 + 3 * Math.sin(at * 0.001))));
            tone.flip();
            VideoFutures.from(video).submitAudio(tone, SampleFormat.I16, Duration.ZERO);
            Frame blank = Frame.copyOf(PixelFormat.GRAY_8, 64, 48, new byte[64 * 48]);
            HeardSpeech speech = VideoFutures.from(video).processBlocking(blank, Duration.ofSeconds(2)).getSpeech();
            assertNotNull(speech);
            assertTrue(Times.start(speech).compareTo(Times.end(speech)) < 0);
        }
    }

    @Test
    void optionsTellTheirTimes() {
        TrackerOptions tracker = new TrackerOptions.Builder().setRememberLostForMillis(1500).build();
        assertEquals(Duration.ofMillis(1500), Times.rememberLostFor(tracker));
        assertEquals(Duration.ofMillis(200), Times.detectWithin(tracker));
        StreamOptions stream = new StreamOptions();
        assertEquals(Duration.ofMillis(100), Times.smoothing(stream));
        assertEquals(Duration.ofMillis(100), Times.switchAfter(stream));
        assertEquals(Duration.ofSeconds(1), Times.identifyEvery(stream));
        assertEquals(Duration.ofSeconds(1), Times.speechHold(stream));
        assertEquals(Duration.ofMillis(400), Times.maxIdle(new LiveOptions()));
    }
}

package androidx.camera.core;

import java.util.concurrent.Executor;

public final class ImageAnalysis {
    public static final int STRATEGY_KEEP_ONLY_LATEST = 0;
    public static final int STRATEGY_BLOCK_PRODUCER = 1;
    public static final int OUTPUT_IMAGE_FORMAT_YUV_420_888 = 1;
    public static final int OUTPUT_IMAGE_FORMAT_RGBA_8888 = 2;

    private final Builder told;
    private Executor executor;
    private Analyzer analyzer;

    private ImageAnalysis(Builder told) {
        this.told = told;
    }

    public void setAnalyzer(Executor executor, Analyzer analyzer) {
        this.executor = executor;
        this.analyzer = analyzer;
    }

    public int getBackpressureStrategy() {
        return told.strategy;
    }

    public int getOutputImageFormat() {
        return told.format;
    }

    public int getTargetRotation() {
        return told.rotation;
    }

    /** Receives an image of the camera. */
    public void hand(ImageProxy image) {
        executor.execute(() -> analyzer.analyze(image));
    }

    public interface Analyzer {
        void analyze(ImageProxy image);
    }

    public static final class Builder {
        private int strategy = -1;
        private int format = -1;
        private int rotation;

        public Builder setBackpressureStrategy(int strategy) {
            this.strategy = strategy;
            return this;
        }

        public Builder setOutputImageFormat(int format) {
            this.format = format;
            return this;
        }

        public Builder setTargetRotation(int rotation) {
            this.rotation = rotation;
            return this;
        }

        public ImageAnalysis build() {
            return new ImageAnalysis(this);
        }
    }
}

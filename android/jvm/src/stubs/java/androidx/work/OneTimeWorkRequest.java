package androidx.work;

public final class OneTimeWorkRequest {
    public final Class<? extends ListenableWorker> worker;
    public final Constraints constraints;

    private OneTimeWorkRequest(Builder builder) {
        worker = builder.worker;
        constraints = builder.constraints;
    }

    public static final class Builder {
        private final Class<? extends ListenableWorker> worker;
        private Constraints constraints;

        public Builder(Class<? extends ListenableWorker> worker) {
            this.worker = worker;
        }

        public Builder setConstraints(Constraints constraints) {
            this.constraints = constraints;
            return this;
        }

        public OneTimeWorkRequest build() {
            return new OneTimeWorkRequest(this);
        }
    }
}

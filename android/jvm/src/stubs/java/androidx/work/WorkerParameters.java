package androidx.work;

public final class WorkerParameters {
    private final int runAttemptCount;

    public WorkerParameters(int runAttemptCount) {
        this.runAttemptCount = runAttemptCount;
    }

    public int getRunAttemptCount() {
        return runAttemptCount;
    }
}

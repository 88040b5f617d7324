package androidx.test.runner.lifecycle;

/** Knows the stages of activities. */
public interface ActivityLifecycleMonitor {
    void addLifecycleCallback(ActivityLifecycleCallback callback);

    void removeLifecycleCallback(ActivityLifecycleCallback callback);

    Stage getLifecycleStageOf(android.app.Activity activity);

    java.util.Collection<android.app.Activity> getActivitiesInStage(Stage stage);
}

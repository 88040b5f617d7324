package androidx.work;

import android.content.Context;
import java.util.ArrayList;
import java.util.List;

public final class WorkManager {
    private static final WorkManager INSTANCE = new WorkManager();

    /** The requests by order, and the names of cancelled work. */
    public final List<OneTimeWorkRequest> requests = new ArrayList<>();

    public final List<String> names = new ArrayList<>();
    public final List<ExistingWorkPolicy> policies = new ArrayList<>();
    public final List<String> cancelled = new ArrayList<>();

    public static WorkManager getInstance(Context context) {
        return INSTANCE;
    }

    public void enqueueUniqueWork(String name, ExistingWorkPolicy policy, OneTimeWorkRequest request) {
        names.add(name);
        policies.add(policy);
        requests.add(request);
    }

    public void cancelUniqueWork(String name) {
        cancelled.add(name);
    }
}
